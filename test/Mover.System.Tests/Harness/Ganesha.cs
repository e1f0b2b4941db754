using System.Globalization;
using Mover.Testing;

namespace Mover.SystemTests.Harness;

/// <summary>A real NFS server on loopback, started by scripts/ganesha.sh; it ends with its standard input.</summary>
internal sealed class Ganesha : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private Ganesha(ChildProcess process, int nfsPort, int mountPort)
    {
        (_process, NfsPort, MountPort) = (process, nfsPort, mountPort);
    }

    public int NfsPort { get; }

    public int MountPort { get; }

    /// <summary>Exports the folder as <c>/export</c> over v3 and v4.</summary>
    public static Ganesha Start(string exported, string state)
    {
        var (nfsPort, mountPort) = (FreePorts.Take(), FreePorts.Take());
        var process = ChildProcess.Start(
            Path.Combine(AppContext.BaseDirectory, "scripts", "ganesha.sh"),
            [exported, nfsPort.ToString(CultureInfo.InvariantCulture), mountPort.ToString(CultureInfo.InvariantCulture), state],
            keepsInput: true);
        process.WaitForLine("ready");
        return new(process, nfsPort, mountPort);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
