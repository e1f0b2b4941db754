using System.Net.Sockets;
using System.Text;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;
using static Mover.Volumes.Tests.AzureBlob.LoopbackServer;

namespace Mover.Volumes.Tests.AzureBlob;

public sealed class WholeRequestStreamTests
{
    [Fact]
    public async Task A_request_that_comes_in_parts_goes_down_whole()
    {
        var wire = new RecordingStream(Stream.Null);
        await using var stream = new WholeRequestStream(wire);
        var request = Put(content: 5000);

        await stream.WriteAsync(request.AsMemory(0, 4096));
        var before = wire.Writes.Count;
        await stream.WriteAsync(request.AsMemory(4096));

        Assert.Equal(0, before);
        Assert.Equal(request, Assert.Single(wire.Writes));
    }

    [Fact]
    public async Task A_request_without_content_and_a_large_one_are_not_held()
    {
        var wire = new RecordingStream(Stream.Null);
        await using var stream = new WholeRequestStream(wire);
        var large = Put(content: WholeRequestStream.HeldBytesMax);

        await stream.WriteAsync(Get());
        await stream.WriteAsync(large.AsMemory(0, 4096));
        var begun = wire.Writes.Count;
        await stream.WriteAsync(large.AsMemory(4096));

        Assert.Equal(2, begun);
        Assert.Equal(3, wire.Writes.Count);
    }

    [Fact]
    public async Task A_flush_in_the_middle_sends_what_is_there()
    {
        var wire = new RecordingStream(Stream.Null);
        await using var stream = new WholeRequestStream(wire);
        var request = Put(content: 100);

        await stream.WriteAsync(request.AsMemory(0, request.Length - 50));
        await stream.FlushAsync();
        await stream.WriteAsync(request.AsMemory(request.Length - 50));

        Assert.Equal([request.Length - 50, 50], wire.Writes.Select(w => w.Length));
    }

    [Fact]
    public async Task However_requests_are_cut_their_bytes_arrive_in_order_and_none_stays_behind()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 300; round++)
        {
            var wire = new RecordingStream(Stream.Null);
            await using var stream = new WholeRequestStream(wire);
            var given = new List<byte>();
            for (var requests = random.Next(1, 6); requests > 0; requests--)
            {
                var request = random.Next(8) switch
                {
                    0 => Get(),
                    1 => Encoding.ASCII.GetBytes("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
                    2 => Encoding.ASCII.GetBytes("PUT /x HTTP/1.1\r\nContent-Length: -7\r\n\r\n"),
                    3 => Encoding.ASCII.GetBytes("PUT /x HTTP/1.1\r\nContent-Length: 2\r\n\r\nmore than two"),
                    _ => Put(content: random.Next(2 * WholeRequestStream.HeldBytesMax)),
                };
                given.AddRange(request);
                for (var at = 0; at < request.Length;)
                {
                    var part = Math.Min(request.Length - at, random.Next(3) == 0 ? random.Next(1, 200) : 4096);
                    await stream.WriteAsync(request.AsMemory(at, part));
                    at += part;
                }

                Assert.True(given.SequenceEqual(wire.Writes.SelectMany(w => w)), $"seed {seed}, round {round}");
            }
        }
    }

    [Fact]
    public async Task The_driver_puts_a_small_file_with_one_write()
    {
        await using var server = new LoopbackServer(Answer("201 Created"), Answer("201 Created"));
        var wires = new List<RecordingStream>();
        using var handler = new AzureBlobOptions().CreateHandler();
        handler.ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            wires.Add(new RecordingStream(new NetworkStream(socket, ownsSocket: true)));
            return wires[^1];
        };
        using var http = new HttpMessageInvoker(handler);
        var address = Assert.IsType<BlobContainerAddress>(BlobContainerAddress.Of(server.Endpoint, "account", "container", ""));
        await using var volume = new AzureBlobVolume(address, new SasCredential("sv=x&sig=y", BlobDestinations.Only(address)), new AzureBlobOptions(), TimeProvider.System, http);

        await PutAsync(volume, 4096);
        await PutAsync(volume, 20_000);

        Assert.Equal(2, Assert.Single(wires).Writes.Count);
    }

    private static ValueTask PutAsync(AzureBlobVolume volume, int sizeBytes) => volume.PutAsync(
        new Entry { Path = EntryPath.Of("f"), Type = EntryType.File, SizeBytes = sizeBytes }, new byte[sizeBytes], new PutOptions(true), default);

    private static byte[] Get() => Encoding.ASCII.GetBytes("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");

    private static byte[] Put(int content) =>
        [.. Encoding.ASCII.GetBytes($"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: {content}\r\nx: y\r\n\r\n"), .. new byte[content]];

    /// <summary>Keeps each write by itself, and passes it on.</summary>
    private sealed class RecordingStream(Stream inner) : Stream
    {
        public List<byte[]> Writes { get; } = [];

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
            Writes.Add(buffer.ToArray());
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
