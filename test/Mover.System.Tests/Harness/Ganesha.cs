using System.Globalization;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>A real NFS server on loopback, started by scripts/ganesha.sh; it ends with its standard input.</summary>
internal sealed class Ganesha : IAsyncDisposable
{
    private const int OfNfs = 2049;

    private readonly ChildProcess _process;

    private Ganesha(ChildProcess process, int nfsPort, int mountPort)
    {
        (_process, NfsPort, MountPort) = (process, nfsPort, mountPort);
    }

    public int NfsPort { get; }

    public int MountPort { get; }

    /// <summary>Exports the folder as <c>/export</c> over v3 and v4.</summary>
    public static Ganesha Start(string exported, string state) => Start(exported, state, [FreePorts.Take(), FreePorts.Take()], []);

    /// <summary>An address of loopback that no other test has.</summary>
    public static string FreeAddress()
    {
        var port = FreePorts.Take();
        return string.Create(CultureInfo.InvariantCulture, $"127.83.{port >> 8}.{port & 0xFF}");
    }

    /// <summary>Exports the folder as <c>/export</c> where a job finds it that names nothing but the address: over v4.</summary>
    public static Ganesha StartAt(string address, string exported, string state) =>
        Start(exported, state, [OfNfs, FreePorts.Take()], ["/export", "numeric", "any", address]);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static Ganesha Start(string exported, string state, int[] ports, string[] more)
    {
        var process = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "scripts", "ganesha.sh"),
            [exported, .. ports.Select(port => port.ToString(CultureInfo.InvariantCulture)), state, .. more], keepsInput: true);
        process.WaitForLine("ready");
        return new(process, ports[0], ports[1]);
    }
}
