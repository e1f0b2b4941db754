using System.Collections.Concurrent;
using Mover.Cli.Frame;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>
/// Tells of items that did not arrive while the run goes on, the first <see cref="ShownMax"/> of them, and of what holds the run up. The
/// ledger has all items.
/// </summary>
internal sealed class FailureList(Terminal terminal)
{
    public const int ShownMax = 50;

    private readonly ConcurrentQueue<string> _waiting = new();
    private long _noted;

    /// <summary>Takes an outcome from the engine; quick, and never throws.</summary>
    public void Note(ItemOutcome outcome)
    {
        if (outcome.Result is ItemResult.Failed or ItemResult.Unsupported or ItemResult.NotDeleted
            && Interlocked.Increment(ref _noted) <= ShownMax)
        {
            var word = outcome.Result switch
            {
                ItemResult.Failed => "failed",
                ItemResult.NotDeleted => "not-deleted",
                _ => "unsupported",
            };
            _waiting.Enqueue($"{word}  {outcome.Code}  {outcome.Path}  {outcome.Details}".TrimEnd());
        }
    }

    /// <summary>Takes a sentence of the engine about the run as a whole.</summary>
    public void Say(string notice) => _waiting.Enqueue(LineOf(notice));

    /// <summary>A sentence of the engine as it stands on stderr.</summary>
    public static string LineOf(string notice) => $"mover: {notice.ReplaceLineEndings(" ")}";

    public bool HasNews => !_waiting.IsEmpty;

    public void Flush()
    {
        while (_waiting.TryDequeue(out var line))
        {
            terminal.Error.WriteLine(line);
        }
    }

    /// <summary>Says how many were not shown.</summary>
    public void Finish()
    {
        Flush();
        var hidden = Interlocked.Read(ref _noted) - ShownMax;
        if (hidden > 0)
        {
            terminal.Error.WriteLine($"… and {hidden} more; the ledger lists them all.");
        }
    }
}
