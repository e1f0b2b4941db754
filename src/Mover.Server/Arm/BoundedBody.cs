using Mover.Server.Settings;

namespace Mover.Server.Arm;

/// <summary>
/// A request body of at most <paramref name="bytesMax"/> bytes; reading further throws <see cref="BodyTooLargeException"/>. What is left
/// unread Kestrel reads and throws away, up to <see cref="ServerOptions.BodyDrainBytesMax"/>, so that a client that is still sending gets
/// its answer and no broken connection.
/// </summary>
internal sealed class BoundedBody(Stream body, long bytesMax) : Stream
{
    private long _readBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the request says that its body is larger than <paramref name="bytesMax"/> bytes.</summary>
    public static bool IsAnnounced(HttpContext http, long bytesMax) => http.Request.ContentLength > bytesMax;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await body.ReadAsync(buffer, cancellationToken);
        _readBytes += read;
        return _readBytes <= bytesMax ? read : throw new BodyTooLargeException(bytesMax);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>A body has more bytes than are read.</summary>
internal sealed class BodyTooLargeException(long bytesMax) : Exception($"The body is larger than {bytesMax} bytes.");
