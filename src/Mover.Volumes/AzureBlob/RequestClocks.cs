using System.Collections.Concurrent;

namespace Mover.Volumes.AzureBlob;

/// <summary>Time limits of requests. Their sources are reused: most requests end long before their limit, which then leaves no
/// trace.</summary>
internal sealed class RequestClocks(TimeProvider clock)
{
    private const int SparesMax = 256;
    private readonly ConcurrentQueue<CancellationTokenSource> _spares = [];

    /// <summary>A token that is cancelled by the caller's or when the limit is over.</summary>
    public RequestClock Start(TimeSpan limit, CancellationToken cancel)
    {
#pragma warning disable CA2000 // Stop gives it back or disposes of it.
        if (!_spares.TryDequeue(out var source))
        {
            source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        }
#pragma warning restore CA2000

        source.CancelAfter(limit);
        return new(source, cancel.UnsafeRegister(static state => ((CancellationTokenSource?)state)?.Cancel(), source));
    }

    public void Stop(RequestClock request)
    {
        request.Link.Dispose();
        if (_spares.Count < SparesMax && request.Source.TryReset())
        {
            _spares.Enqueue(request.Source);
        }
        else
        {
            request.Source.Dispose();
        }
    }
}

internal readonly record struct RequestClock(CancellationTokenSource Source, CancellationTokenRegistration Link)
{
    public CancellationToken Token => Source.Token;
}
