using System.Net;
using System.Net.Sockets;
using Mover.Transfer.Contract;

namespace Mover.Volumes.Nfs;

/// <summary>What to do about a mount that was refused. Many servers serve ports below 1024 alone (<c>secure</c>, the default of Linux), and
/// say of others that access is denied, that the export is not there, or nothing at all.</summary>
internal static class NfsAdvice
{
    private const int HighestLowPort = 1023;

    /// <summary>What libnfs says where the server ended the connection instead of an answer.</summary>
    public const string NoReason = "(null)";

    /// <summary>The advice; null when the port has nothing to do with it and the kind says all that is known.</summary>
    /// <param name="kind">How the mount failed.</param>
    /// <param name="text">What libnfs says of it.</param>
    /// <param name="hasLowPorts">True when the caller may use ports below 1024.</param>
    public static string? Of(VolumeFaultKind kind, string text, bool hasLowPorts)
    {
        var isRefusal = kind is VolumeFaultKind.Permission or VolumeFaultKind.NotFound;
        var first = kind switch
        {
            VolumeFaultKind.NotFound => "Check the path of the export and that it is exported to this host.",
            VolumeFaultKind.Permission => "Check that it is exported to this host.",
            _ => null,
        };
        return hasLowPorts || !(isRefusal || text.Contains(NoReason, StringComparison.Ordinal))
            ? first
            : (first is null ? "" : first + " ") + "This process cannot use a port below 1024, which many servers require: run it as root "
                + "or with CAP_NET_BIND_SERVICE, or export with the option insecure.";
    }

    /// <summary>True when this thread may use ports below 1024: one that is taken says so as well as one that is free.</summary>
    public static bool HasLowPorts()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, HighestLowPort));
            return true;
        }
        catch (SocketException refused)
        {
            return refused.SocketErrorCode is not SocketError.AccessDenied;
        }
    }
}
