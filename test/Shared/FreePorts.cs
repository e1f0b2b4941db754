using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Mover.Testing;

/// <summary>
/// Loopback ports for servers that are told where to listen. They lie below the range from which the kernel takes ports for outgoing
/// connections (32768 by default), so no connection takes one between the choice and the server's start, and none is given twice, in this process or, as long as it lives, in
/// another one: each is held by a lock on a file.
/// </summary>
internal static class FreePorts
{
    private const int First = 12_000;
    private const int End = 32_000;
    private static readonly ConcurrentDictionary<int, FileStream> _given = new();

    /// <summary>A port that nothing listens on.</summary>
    public static int Take()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (!_given.ContainsKey(port) && TryHold(port) is { } held)
            {
                if (_given.TryAdd(port, held) && IsFree(port))
                {
                    return port;
                }
            }
        }
    }

    private static FileStream? TryHold(int port)
    {
        try
        {
            return new($"/tmp/mover-test-port-{port}", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose,
            });
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return null;
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
