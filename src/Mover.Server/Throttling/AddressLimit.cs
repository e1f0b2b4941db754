using System.Net;
using System.Net.Sockets;
using Mover.Server.Settings;

namespace Mover.Server.Throttling;

/// <summary>
/// Limits by address what has to be worked on before it is known who asks: anonymous routes and tokens that were not checked before. A
/// caller whose token is known passes it by, so that a noisy neighbour costs nobody who works already.
/// </summary>
internal sealed class AddressLimit(ServerOptions options, TimeProvider clock)
{
    // A host has a whole network of this size; its addresses are one caller.
    private const int NetworkBytes = 8;

    private readonly TokenBuckets _buckets = new(options.Throttling.Addresses, clock);

    /// <summary>How long the address of the request must wait; null when the request may go on.</summary>
    public TimeSpan? WaitOf(HttpContext http) => _buckets.Take(KeyOf(http.Connection.RemoteIpAddress)).Wait;

    private static string KeyOf(IPAddress? address)
    {
        address = address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
        return address is { AddressFamily: AddressFamily.InterNetworkV6 }
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, NetworkBytes))
            : address?.ToString() ?? string.Empty;
    }
}
