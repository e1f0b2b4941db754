using System.Net;
using System.Net.Sockets;
using Mover.Transfer.Contract;

namespace Mover.Cli.Transfers;

/// <summary>
/// Tells a name that does not exist from a host that does not answer, while a place is opened: a slip of the finger does not mend itself,
/// so it is not waited for. Nor is a name service that does not answer, which on a machine without one looks the same; during a run every
/// name is waited for.
/// </summary>
internal static class UnknownHost
{
    /// <summary>The fault that says so; null when the host is known, or somebody else looks its name up.</summary>
    /// <param name="location">What could not be opened.</param>
    /// <param name="fault">How opening it failed.</param>
    /// <param name="cancel">Ends the look-up.</param>
    public static async ValueTask<VolumeFault?> FindAsync(Location location, VolumeFault fault, CancellationToken cancel)
    {
        var host = location.Place switch
        {
            { Host: { } own } => own,
            { Service: { } service } when fault.Kind is VolumeFaultKind.Transport && IsDirect(service) => service.IdnHost,
            _ => null,
        };
        return host is not null && await WhyUnknownAsync(host, cancel) is { } why
            ? new(VolumeFaultKind.Transport, why)
            {
                Advice = "Check the name and this machine's DNS settings.",
            }
            : null;
    }

    private static bool IsDirect(Uri address) => HttpClient.DefaultProxy.GetProxy(address) is not { } proxy || proxy == address;

    private static async ValueTask<string?> WhyUnknownAsync(string host, CancellationToken cancel)
    {
        try
        {
            await Dns.GetHostAddressesAsync(host, cancel);
            return null;
        }
        catch (SocketException e)
        {
            return WhyUnknown(host, e.SocketErrorCode);
        }
    }

    /// <summary>Why a name could not be looked up; null when it is another fault than one of its name.</summary>
    public static string? WhyUnknown(string host, SocketError error) => error switch
    {
        SocketError.HostNotFound or SocketError.NoData => $"The host '{host}' does not exist in DNS.",
        SocketError.TryAgain or SocketError.NoRecovery => $"Cannot resolve the host '{host}': the DNS server does not respond.",
        _ => null,
    };
}
