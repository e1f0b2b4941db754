using Mover.Cli.Frame;
using Mover.Transfer;

namespace Mover.Cli.Transfers;

/// <summary>How a transfer's verdict is told: the exit code, and a line for each kind of exception.</summary>
internal static class VerdictCodes
{
    public static int Of(TransferVerdict verdict) => verdict switch
    {
        { Kind: VerdictKind.Complete } => ExitCodes.Ok,
        { Kind: VerdictKind.CompleteWithExceptions, Exceptions: { Failed: 0, NotDeleted: 0, Unsupported: > 0 } } => ExitCodes.Unsupported,
        { Kind: VerdictKind.CompleteWithExceptions, Exceptions: { Failed: 0, NotDeleted: 0, NotCompared: > 0 } } => ExitCodes.NotCompared,
        { Kind: VerdictKind.CompleteWithExceptions, Exceptions.NothingCompared: true } => ExitCodes.NotCompared,
        _ => ExitCodes.Incomplete,
    };

    public static void Warn(Terminal terminal, TransferSummary summary)
    {
        foreach (var (code, message) in TransferNotes.Of(summary))
        {
            terminal.Error.WriteLine($"mover: {code}: {message}");
        }
    }
}
