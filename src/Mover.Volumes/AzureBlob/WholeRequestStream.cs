using System.Buffers.Text;

namespace Mover.Volumes.AzureBlob;

/// <summary>
/// What is written of one HTTP/1.1 request goes down in one piece where it is at most <see cref="HeldBytesMax"/> bytes: the handler writes
/// the head with the first part of the content, then the rest, and each write is a call to the kernel and a packet (and a record of TLS).
/// Larger requests, and whatever is not understood, pass through as they come. Not thread-safe for writes, as a connection has one writer.
/// </summary>
/// <param name="connection">What carries the bytes; disposed with this.</param>
internal sealed class WholeRequestStream(Stream connection) : Stream
{
    /// <summary>A request up to this size is held until it is whole; copying more costs what a second write does.</summary>
    public const int HeldBytesMax = 32 * 1024;

    private byte[] _held = [];
    private int _heldBytes;
    private long _leftBytes;
    private bool _passes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_passes)
        {
            return connection.WriteAsync(buffer, cancellationToken);
        }

        var isFirst = _leftBytes == 0;
        var wholeBytes = isFirst ? LengthOf(buffer.Span) : _leftBytes;
        if (wholeBytes < buffer.Length)
        {
            // No request that is known, or more than one: from here on nothing is held any more.
            _passes = true;
            return SendAsync(buffer, cancellationToken);
        }

        _leftBytes = wholeBytes - buffer.Length;
        var isHeld = isFirst ? _leftBytes > 0 && wholeBytes <= HeldBytesMax : _heldBytes > 0;
        if (!isHeld)
        {
            return connection.WriteAsync(buffer, cancellationToken);
        }

        Hold(buffer.Span);
        return _leftBytes > 0 ? ValueTask.CompletedTask : SendAsync(default, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await SendAsync(default, cancellationToken);
        await connection.FlushAsync(cancellationToken);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        connection.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Bytes of the request that begins here, head and content; -1 when that is not known.</summary>
    private static long LengthOf(ReadOnlySpan<byte> start)
    {
        var end = start.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return -1;
        }

        var head = start[..(end + 4)];
        if (head.IndexOf("\r\nTransfer-Encoding:"u8) >= 0)
        {
            return -1;
        }

        var field = "\r\nContent-Length: "u8;
        var at = head.IndexOf(field);
        return at < 0 ? head.Length
            : Utf8Parser.TryParse(head[(at + field.Length)..], out long content, out _) && content >= 0 ? head.Length + content
            : -1;
    }

    private void Hold(ReadOnlySpan<byte> part)
    {
        if (_heldBytes == 0 && _held.Length < part.Length + _leftBytes)
        {
            _held = new byte[part.Length + _leftBytes];
        }

        part.CopyTo(_held.AsSpan(_heldBytes));
        _heldBytes += part.Length;
    }

    /// <summary>What is held, and then what is given.</summary>
    private async ValueTask SendAsync(ReadOnlyMemory<byte> more, CancellationToken cancel)
    {
        if (_heldBytes > 0)
        {
            var held = _held.AsMemory(0, _heldBytes);
            _heldBytes = 0;
            await connection.WriteAsync(held, cancel);
        }

        if (more.Length > 0)
        {
            await connection.WriteAsync(more, cancel);
        }
    }
}
