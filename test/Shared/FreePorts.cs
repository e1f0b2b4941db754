using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mover.Testing;

/// <summary>
/// Loopback ports for servers that are told where to listen. They lie below the range from which the kernel takes ports for outgoing
/// connections (32768 by default), so no connection takes one between the choice and the server's start, and none is given twice.
/// </summary>
internal static class FreePorts
{
    private const int First = 12_000;
    private const int End = 32_000;
    private static readonly ConcurrentDictionary<int, bool> _given = new();

    /// <summary>A port that nothing listens on.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (_given.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
