using System.Diagnostics;
using Mover.Testing;
using Mover.Volumes.Nfs;

namespace Mover.Volumes.Tests.Nfs;

/// <summary>A real NFS server on loopback for the tests of one class: scripts/ganesha.sh. Ends with its standard input.</summary>
public class GaneshaServer : IAsyncLifetime
{
    private readonly string _state = Directory.CreateTempSubdirectory("mover-ganesha-").FullName;
    private readonly int _nfsPort = FreePorts.Take();
    private readonly int _mountPort = FreePorts.Take();
    private Process? _process;
    private int _trees;

    /// <summary>How NFSv4 tells owners, as scripts/ganesha.sh knows it: numeric or named.</summary>
    protected virtual string Owners => "numeric";

    /// <summary>From which ports the export may be used, as scripts/ganesha.sh knows it: any or privileged.</summary>
    protected virtual string Ports => "any";

    /// <summary>What is exported.</summary>
    public string ExportPath => Path.Combine(_state, "export");

    public static string ScriptPath
    {
        get
        {
            var folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Mover.slnx")))
            {
                folder = Path.GetDirectoryName(folder.TrimEnd('/'))!;
            }

            return Path.Combine(folder, "scripts", "ganesha.sh");
        }
    }

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(ExportPath);
        if (Requirement.Missing(["MOVER_GANESHA"]) is null)
        {
            await StartAsync();
        }
    }

    public async Task StartAsync()
    {
        string[] arguments = [ExportPath, $"{_nfsPort}", $"{_mountPort}", Path.Combine(_state, "run"), "/export", Owners, Ports];
        var start = new ProcessStartInfo(ScriptPath, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var line = await _process.StandardOutput.ReadLineAsync(limit.Token);
        Assert.Equal("ready", line);
    }

    /// <summary>Kills the server as a power cut would.</summary>
    public async Task KillAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>A folder in the export that one test has for itself, and the options that reach it.</summary>
    public (FileTree Tree, NfsOptions Options) NewTree(NfsVersion version)
    {
        var name = $"tree{Interlocked.Increment(ref _trees)}";
        return (new FileTree(Path.Combine(ExportPath, name)), new NfsOptions("127.0.0.1", "/export")
        {
            Version = version,
            Subpath = name,
            NfsPort = _nfsPort,
            MountPort = _mountPort,
            CallTimeout = TimeSpan.FromSeconds(5),
            Connections = 3,
        });
    }

    public async Task DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_state, recursive: true);
    }
}

/// <summary>A server whose export takes requests from ports below 1024 only, as Linux does without <c>insecure</c>.</summary>
public sealed class LowPortsServer : GaneshaServer
{
    protected override string Ports => "privileged";
}

/// <summary>A server that sends owners over NFSv4 as <c>name@filer.test</c>, as filers with an id mapping do.</summary>
public sealed class NamedOwnersServer : GaneshaServer
{
    protected override string Owners => "named";
}
