using System.Buffers.Binary;

namespace Mover.State.Backups;

/// <summary>A frame that was read and opened.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Plain">Its content.</param>
/// <param name="At">Where it begins in the file.</param>
/// <param name="IsFirst">None comes before it.</param>
internal sealed record Frame(FrameKind Kind, byte[] Plain, long At, bool IsFirst);

/// <summary>Reads the frames of a backup in their order. Not thread-safe.</summary>
internal sealed class FrameReader(string path, long framesAt, byte[] key, byte[] head) : IAsyncDisposable
{
    private readonly FileStream _file = BackupFile.OpenStream(path, framesAt);
    private readonly FrameSeal _seal = new(key, head);
    private readonly byte[] _head = new byte[BackupFormat.FrameHeadBytes];
    private bool _hasRead;

    /// <summary>Where the next frame begins.</summary>
    public long Position => _file.Position;

    /// <summary>The next frame; null at the end of the file.</summary>
    public async ValueTask<Frame?> NextAsync(CancellationToken cancel)
    {
        var at = _file.Position;
        var read = await FillAsync(at, _head, cancel);
        if (read == 0)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_head);
        if (read < _head.Length || length is < BackupFormat.TagBytes or > BackupFormat.SealedBytesMax)
        {
            throw BackupFile.Damaged(path, at, read < _head.Length ? "it is truncated" : $"a frame has {length} bytes");
        }

        var sealedBytes = new byte[length];
        if (await FillAsync(at, sealedBytes, cancel) < length)
        {
            throw BackupFile.Damaged(path, at, "it is truncated");
        }

        if (BackupFormat.Checksum(_head.AsSpan(0, 5), sealedBytes) != BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(5)))
        {
            throw BackupFile.Damaged(path, at, "a frame does not match its checksum");
        }

        var (kind, isFirst) = ((FrameKind)_head[4], !_hasRead);
        _hasRead = true;
        var plain = _seal.Open(kind, sealedBytes) ?? throw BackupFile.Damaged(path, at, isFirst
            ? "it cannot be decrypted: it has another key, or it was changed"
            : "a frame is not the expected one: it was changed or moved");
        return new(kind, plain, at, isFirst);
    }

    public async ValueTask DisposeAsync()
    {
        _seal.Dispose();
        await _file.DisposeAsync();
    }

    private async ValueTask<int> FillAsync(long at, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await BackupFile.FillAsync(_file, buffer, cancel);
        }
        catch (IOException fault)
        {
            throw BackupFile.Damaged(path, at, $"it cannot be read: {fault.Message.TrimEnd('.')}", fault);
        }
    }
}
