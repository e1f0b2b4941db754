using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mover.State.Documents;

namespace Mover.Server.JobRuns;

/// <summary>
/// The name of a run that a schedule starts, derived from the job definition and the time that it was due at: a region that takes over, and
/// does not know that the other one started it already, gives it the same name, by which its agent knows it.
/// </summary>
internal static class ScheduledRunName
{
    /// <summary>The code of the warning that an active run gets when it keeps a scheduled one from starting.</summary>
    public const string SkippedCode = "ScheduledRunSkipped";

    /// <summary>The name: a UUID of version 8 (RFC 9562, 5.8) over SHA-256.</summary>
    public static Guid Of(DocumentInfo definition, DateTimeOffset due)
    {
        // A definition that was deleted and made anew is another one.
        var text = string.Create(
            CultureInfo.InvariantCulture, $"{definition.Key.Stored}\n{definition.Created.At.UtcTicks}\n{due.UtcTicks}");
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x80);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new(bytes, bigEndian: true);
    }
}
