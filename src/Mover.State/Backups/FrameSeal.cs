using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mover.State.Backups;

/// <summary>Seals the frames of one backup one after the other, or opens them in the same order. Not thread-safe.</summary>
internal sealed class FrameSeal : IDisposable
{
    private readonly AesGcm _aes;

    // The digest of the head, and the frame's kind behind it.
    private readonly byte[] _bound = new byte[SHA256.HashSizeInBytes + 1];
    private readonly byte[] _nonce = new byte[12];
    private ulong _number;

    public FrameSeal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> head)
    {
        _aes = new(key, BackupFormat.TagBytes);
        SHA256.HashData(head, _bound);
    }

    /// <summary>The frame as it is written.</summary>
    public byte[] Seal(FrameKind kind, ReadOnlySpan<byte> plain)
    {
        var frame = new byte[BackupFormat.FrameHeadBytes + plain.Length + BackupFormat.TagBytes];
        var sealedBytes = frame.AsSpan(BackupFormat.FrameHeadBytes);
        Next(kind);
        _aes.Encrypt(_nonce, plain, sealedBytes[..plain.Length], sealedBytes[plain.Length..], _bound);
        BinaryPrimitives.WriteInt32LittleEndian(frame, sealedBytes.Length);
        frame[4] = (byte)kind;
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(5), BackupFormat.Checksum(frame.AsSpan(0, 5), sealedBytes));
        return frame;
    }

    /// <summary>The content of the next frame; null when it was changed, is another one's, or the key is wrong.</summary>
    public byte[]? Open(FrameKind kind, ReadOnlySpan<byte> sealedBytes)
    {
        var plain = new byte[sealedBytes.Length - BackupFormat.TagBytes];
        Next(kind);
        try
        {
            _aes.Decrypt(_nonce, sealedBytes[..plain.Length], sealedBytes[plain.Length..], plain, _bound);
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    public void Dispose() => _aes.Dispose();

    // No number is used twice with one key: a file is written once, from its start.
    private void Next(FrameKind kind)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_nonce.AsSpan(4), checked(_number++));
        _bound[^1] = (byte)kind;
    }
}
