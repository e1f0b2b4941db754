using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>What an answer of libnfs means: a negative errno, and a text that names the NFS status when the server sent one.</summary>
internal static class NfsFaults
{
    private static readonly string[] LostState = ["EXPIRED", "STALE_CLIENTID", "STALE_STATEID", "BAD_STATEID", "BADSESSION", "GRACE"];

    /// <summary>The fault, and whether the connection is of no more use.</summary>
    public static (VolumeFault Fault, bool IsBroken) Of(int errno, string text, string what, EntryPath path)
    {
        var hasStatus = text.Contains("NFS3ERR", StringComparison.Ordinal) || text.Contains("NFS4ERR", StringComparison.Ordinal);
        var where = path.IsRoot ? "the root" : path.ToString();
        var message = $"Could not {what} {where}: {OneLine(text)}.";
        if (Array.Exists(LostState, state => text.Contains(state, StringComparison.Ordinal)))
        {
            return (new(VolumeFaultKind.Transport, message, IsTransient: true), true);
        }

        if (text.Contains("JUKEBOX", StringComparison.Ordinal) || text.Contains("ERR_DELAY", StringComparison.Ordinal))
        {
            return (new(VolumeFaultKind.Throttled, message, IsTransient: true), false);
        }

        if (text.Contains("ERR_STALE", StringComparison.Ordinal) || text.Contains("FHEXPIRED", StringComparison.Ordinal))
        {
            return (new(VolumeFaultKind.Changed, message, IsTransient: true), false);
        }

        return errno switch
        {
            2 or 20 => (new(VolumeFaultKind.NotFound, message), false),
            1 or 13 => (new(VolumeFaultKind.Permission, message), false),
            40 => (new(VolumeFaultKind.Changed, message, IsTransient: true), false),
            11 => (new(VolumeFaultKind.Throttled, message, IsTransient: true), false),
            36 or 22 or 95 when hasStatus => (new(VolumeFaultKind.Unsupported, message), false),
            110 => (new(VolumeFaultKind.Timeout, message, IsTransient: true), true),
            _ when hasStatus => (new(VolumeFaultKind.Io, message), false),
            _ => (new(VolumeFaultKind.Transport, message, IsTransient: true), true),
        };
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
}
