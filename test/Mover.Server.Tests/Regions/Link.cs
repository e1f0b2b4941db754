using System.Net;
using System.Net.Sockets;
using Mover.Testing;

namespace Mover.Server.Tests.Regions;

/// <summary>
/// A way to a port of this machine that can be cut: what is sent meanwhile waits, and goes on when it is mended, as on a network that
/// drops packets.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _to;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _mended = new();

    public Link(int to)
    {
        (_to, Port) = (to, FreePorts.Take());
        _listener = new(IPAddress.Loopback, Port);
        _mended.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public void Cut() => _mended = new();

    public void Mend() => _mended.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var joined = new List<Task>();
        try
        {
            while (true)
            {
                joined.Add(JoinAsync(await _listener.AcceptSocketAsync(_stop.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(joined).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task JoinAsync(Socket caller)
    {
        using (caller)
        using (var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            await _mended.Task.WaitAsync(_stop.Token);
            await server.ConnectAsync(IPAddress.Loopback, _to, _stop.Token);
            await Task.WhenAll(PumpAsync(caller, server), PumpAsync(server, caller));
        }
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var block = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(block, _stop.Token)) > 0)
            {
                await _mended.Task.WaitAsync(_stop.Token);
                await to.SendAsync(block.AsMemory(0, read), _stop.Token);
            }
        }
        catch (SocketException)
        {
            // One of the two is gone; the other hears of it.
        }
        finally
        {
            try
            {
                to.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // It is gone as well.
            }
        }
    }
}
