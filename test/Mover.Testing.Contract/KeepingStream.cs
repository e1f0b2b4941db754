namespace Mover.Testing;

/// <summary>Passes everything on to another stream, as it comes, and keeps what passed.</summary>
/// <param name="inner">The other stream.</param>
/// <param name="writing">Called with what is about to be written kept already; null for nothing.</param>
internal sealed class KeepingStream(Stream inner, Action? writing = null) : Stream
{
    private const int KeptBytesMax = 16 * 1024 * 1024;
    private readonly MemoryStream _kept = new();

    /// <summary>Bytes that were read or handed over to be written.</summary>
    public long Passed { get; private set; }

    /// <summary>True when somebody wanted something to go out, be it nothing yet.</summary>
    public bool IsFlushed { get; private set; }

    /// <summary>All that passed; fails when that was too much to keep.</summary>
    public ReadOnlySpan<byte> Kept => Passed == _kept.Length
        ? _kept.GetBuffer().AsSpan(0, (int)_kept.Length)
        : throw new InvalidOperationException($"{Passed} bytes passed, {KeptBytesMax} are kept at most.");

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Keep(buffer.AsSpan(offset, read));
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Keep(buffer.Span[..read]);
        return read;
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        Keep(buffer.AsSpan(offset, count));
        writing?.Invoke();
        inner.Write(buffer, offset, count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Keep(buffer.Span);
        writing?.Invoke();
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override void Flush()
    {
        IsFlushed = true;
        inner.Flush();
    }

    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        IsFlushed = true;
        return inner.FlushAsync(cancellationToken);
    }

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void SetLength(long value) => inner.SetLength(value);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        Passed += bytes.Length;
        if (Passed <= KeptBytesMax)
        {
            _kept.Write(bytes);
        }
    }
}
