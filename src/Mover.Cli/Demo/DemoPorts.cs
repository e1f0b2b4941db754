using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Mover.Cli.Demo;

/// <summary>Ports of loopback that nobody listens at, each given once.</summary>
internal sealed class DemoPorts
{
    // Below those that the kernel gives to outgoing connections, which would take the port of a program that was killed.
    private const int First = 20000;
    private const int End = 32000;
    private const int TriesMax = 1000;

    private readonly HashSet<int> _given = [];

    public int Take()
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (_given.Add(port) && IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port from {First} to {End}.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
