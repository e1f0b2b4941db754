namespace Mover.Server.Background;

/// <summary>Work in parts that only make sense together.</summary>
internal static class Together
{
    /// <summary>Runs the parts until one ends or fails; then cancels the others, waits for them, and ends or fails as it did.</summary>
    public static async Task UntilOneEndsAsync(CancellationToken cancel, params IReadOnlyList<Func<CancellationToken, Task>> parts)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var running = parts.Select(part => part(both.Token)).ToList();
        try
        {
            await await Task.WhenAny(running);
        }
        finally
        {
            await both.CancelAsync();
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
