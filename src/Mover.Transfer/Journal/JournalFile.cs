using System.Text;
using Mover.Files;
using Mover.Transfer.Contract;

namespace Mover.Transfer.Journal;

/// <summary>Opens the journal of a run and makes sure it is that run's.</summary>
internal static class JournalFile
{
    public static Stream Open(string path) =>
        PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    /// <summary>Throws <see cref="InvalidDataException"/> when the journal belongs to a run between other places or with other
    /// rules.</summary>
    public static void CheckFingerprint(JournalState earlier, IVolume source, ITargetVolume target, TransferOptions options)
    {
        if (earlier.IntactBytes > 0 && !earlier.Fingerprint.AsSpan().SequenceEqual(FingerprintOf(source, target, options))
            && !earlier.Fingerprint.AsSpan().SequenceEqual(NamesOf(source, target, options)))
        {
            throw new InvalidDataException(
                "The run folder belongs to another run "
                    + $"({Encoding.UTF8.GetString(earlier.Fingerprint).ReplaceLineEndings(", ")}); use a new folder.");
        }
    }

    /// <summary>The journal, cut to its intact part and positioned behind it; a new one begins with the fingerprint.</summary>
    public static Stream Continue(
        Func<string, Stream> open, string path, JournalState earlier, IVolume source, ITargetVolume target, TransferOptions options)
    {
        var file = open(path);
        try
        {
            file.SetLength(earlier.IntactBytes);
            file.Seek(0, SeekOrigin.End);
            if (earlier.IntactBytes == 0)
            {
                JournalWriter.Append(file, FingerprintOf(source, target, options));
            }

            return file;
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
    }

    // A name can be a link that leads to another place by now.
    private static byte[] FingerprintOf(IVolume source, ITargetVolume target, TransferOptions options) =>
        [.. NamesOf(source, target, options), .. Encoding.UTF8.GetBytes($"\nat {source.Traits.Place}\nand {target.Traits.Place}")];

    // All that journals of older versions hold.
    private static byte[] NamesOf(IVolume source, ITargetVolume target, TransferOptions options) => Encoding.UTF8.GetBytes(
        $"from {source.Traits.DisplayName}\nto {target.Traits.DisplayName}\n{options.Mode} {options.Integrity} {options.PreserveMetadata} "
            + $"{options.Symlinks}");
}
