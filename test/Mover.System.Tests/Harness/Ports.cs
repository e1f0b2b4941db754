using System.Net;
using System.Net.Sockets;

namespace Mover.SystemTests.Harness;

internal static class Ports
{
    /// <summary>A loopback port that nothing listens on.</summary>
    public static int Free()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
