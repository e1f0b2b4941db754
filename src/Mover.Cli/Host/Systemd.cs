using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Mover.Cli.Frame;

namespace Mover.Cli.Host;

/// <summary>
/// Tells systemd what the program does, when it was started by a unit of <c>Type=notify</c>: one datagram to the socket that
/// <c>NOTIFY_SOCKET</c> names. Source: sd_notify(3).
/// </summary>
internal static class Systemd
{
    /// <summary>It serves.</summary>
    public static void Ready(Terminal terminal, string status) => Tell(terminal, $"READY=1\nSTATUS={status}");

    /// <summary>It starts, and needs so much longer than its unit allows before it says more.</summary>
    public static void Waiting(Terminal terminal, TimeSpan longer, string status) => Tell(
        terminal, string.Create(CultureInfo.InvariantCulture, $"EXTEND_TIMEOUT_USEC={longer.TotalMicroseconds:F0}\nSTATUS={status}"));

    /// <summary>It is ending.</summary>
    public static void Stopping(Terminal terminal) => Tell(terminal, "STOPPING=1\nSTATUS=Stopping");

    // A service manager that does not listen is no reason to fail.
    private static void Tell(Terminal terminal, string message)
    {
        if (terminal.Environment("NOTIFY_SOCKET") is not { Length: > 1 } path)
        {
            return;
        }

        try
        {
            // A leading '@' stands for Linux's abstract namespace.
            var address = path[0] == '@' ? "\0" + path[1..] : path;
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(address));
            socket.Send(Encoding.UTF8.GetBytes(message));
        }
        catch (SocketException fault)
        {
            terminal.Error.WriteLine($"mover: Cannot send '{message.Split('\n')[0]}' to the service manager at '{path}': {fault.Message}");
        }
    }
}
