using System.Text;
using Mover.Server.DataFolders;

namespace Mover.Server.Keys;

/// <summary>Keys in a file of mode 0600, read again for each use: an operator adds a line while the server runs.</summary>
/// <param name="path">The file.</param>
/// <param name="isOwn">It lies in the data folder, and this server makes its keys.</param>
internal sealed class KeyRingFile(string path, bool isOwn) : KeyRing
{
    private const string Head = "# Encrypts this control plane's identity in its store. "
        + "Back it up separately from the store and its backups.\n";

    /// <inheritdoc/>
    public override string Place => path;

    /// <summary>The lines of the ring that a data folder's server made; null when there is none.</summary>
    public static byte[]? ReadOwn(string dataFolder) => PrivateFile.Read(OwnPath(dataFolder));

    /// <summary>Puts such lines into a data folder; false when they are there. Other lines are refused.</summary>
    public static bool PutOwn(string dataFolder, byte[] lines)
    {
        var path = OwnPath(dataFolder);
        _ = new RingKeys(Encoding.UTF8.GetString(lines), path);
        return PrivateFile.TryCreate(path, lines) || (ReadOwn(dataFolder).AsSpan().SequenceEqual(lines)
            ? false
            : throw new DataFolderException(path, "it already exists and differs from the backup's; move it away first"));
    }

    /// <inheritdoc/>
    public override void MakeFirst()
    {
        if (isOwn && PrivateFile.Read(path) is null)
        {
            PrivateFile.TryCreate(path, Encoding.UTF8.GetBytes($"{Head}{RingKeys.MakeLine()}\n"));
        }
    }

    /// <inheritdoc/>
    public override ValueTask RenewAsync(string keyId, CancellationToken cancel)
    {
        var text = Text();
        if (new RingKeys(text, path).NewestId != keyId)
        {
            return default;
        }

        if (!isOwn)
        {
            throw new DataFolderException(
                path, $"its newest key, {keyId}, is already in use; first add a line from `mover identity new-key` on every server");
        }

        PrivateFile.Replace(path, Encoding.UTF8.GetBytes($"{text.TrimEnd()}\n{RingKeys.MakeLine()}\n"));
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancel) => new(Keys().Wrap(key.Span));

    /// <inheritdoc/>
    public override ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancel) => new(Keys().Unwrap(wrapped));

    private RingKeys Keys() => new(Text(), path);

    private string Text() => Encoding.UTF8.GetString(PrivateFile.Read(path) ?? throw new DataFolderException(
        path,
        "the key ring is missing; restore it from a backup, or specify the file with this control plane's keys with --key-ring"));
}
