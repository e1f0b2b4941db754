using System.Net;
using System.Net.Sockets;

namespace Mover.Cli.Tests;

/// <summary>A server that may open few files outlives more connections than that.</summary>
public sealed class FloodTests
{
    private const int FilesMax = 256;
    private const int Flood = 500;

    [Fact]
    public async Task A_flood_of_idle_connections_from_one_address_keeps_no_other_address_out()
    {
        await using var server = await RunningServer.StartWithFilesAsync(FilesMax);
        var at = new Uri(server.Url);

        await FloodAsync(at, _ => IPAddress.Loopback, async () =>
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(at, IPAddress.Parse("127.0.0.2"))));

        Assert.Equal(HttpStatusCode.OK, await FirstStatusAsync(at, IPAddress.Loopback));
        Assert.Equal(ExitCodes.Ok, await server.StopAsync());
    }

    [Fact]
    public async Task A_flood_from_many_addresses_ends_no_server()
    {
        await using var server = await RunningServer.StartWithFilesAsync(FilesMax);
        var at = new Uri(server.Url);

        await FloodAsync(at, count => new([127, 0, 1, (byte)(1 + (count % 100))]), () => Task.CompletedTask);

        Assert.Equal(HttpStatusCode.OK, await FirstStatusAsync(at, IPAddress.Loopback));
        Assert.Equal(ExitCodes.Ok, await server.StopAsync());
    }

    private static async Task FloodAsync(Uri server, Func<int, IPAddress> from, Func<Task> meanwhile)
    {
        var flood = new List<Socket>();
        try
        {
            for (var count = 0; count < Flood; count++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                flood.Add(socket);
                socket.Bind(new IPEndPoint(from(count), 0));
                await socket.ConnectAsync(IPAddress.Loopback, server.Port).WaitAsync(TimeSpan.FromSeconds(30));
            }

            await meanwhile();
        }
        finally
        {
            flood.ForEach(socket => socket.Dispose());
        }
    }

    // The server hears of one closed connection after the other: until it has heard of enough, the address is still full.
    private static async Task<HttpStatusCode> FirstStatusAsync(Uri server, IPAddress from)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                return await StatusAsync(server, from);
            }
            catch (HttpRequestException refused) when (refused.InnerException is IOException && !limit.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None);
            }
        }
    }

    // The source address is chosen, because the limit is one of addresses.
    private static async Task<HttpStatusCode> StatusAsync(Uri server, IPAddress from)
    {
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (to, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(IPAddress.Loopback, to.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        using var http = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(60) };
        using var answer = await http.GetAsync(new Uri(server, "/healthz"));
        return answer.StatusCode;
    }
}
