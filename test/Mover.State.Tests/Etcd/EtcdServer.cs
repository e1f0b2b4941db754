using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Mover.Testing;

namespace Mover.State.Tests.Etcd;

/// <summary>
/// Real etcd members on loopback, one cluster, with folders of their own. They end with the test, and with whoever runs it.
/// </summary>
internal sealed partial class EtcdServer : IAsyncDisposable
{
    // Tells the member's process id; the end of standard input ends the member. Standard error is the member's alone.
    private const string Script = """ "$0" "$@" & echo $!; exec 2> /dev/null; cat > /dev/null; kill -9 $!; wait $! """;

    private readonly string _folder = Directory.CreateTempSubdirectory("mover-etcd-").FullName;
    private readonly Process?[] _members;
    private readonly int[] _ids;
    private readonly int[] _clientPorts;
    private readonly int[] _peerPorts;
    private readonly string[] _flags;
    private readonly string _scheme;

    private EtcdServer(int members, string scheme, string[] flags)
    {
        (_members, _ids) = (new Process?[members], new int[members]);
        var ports = Enumerable.Range(0, 2 * members).Select(_ => FreePorts.Take()).ToArray();
        (_clientPorts, _peerPorts, _flags, _scheme) = (ports[..members], ports[members..], flags, scheme);
    }

    /// <summary>Where the members are reached.</summary>
    public IReadOnlyList<Uri> Endpoints => [.. Enumerable.Range(0, _members.Length).Select(Endpoint)];

    /// <summary>One member that is up within a fraction of a second; what it holds does not outlive the machine.</summary>
    public static Task<EtcdServer> StartQuickAsync(params string[] flags) =>
        StartAsync(1, "http", ["--unsafe-no-fsync", "--heartbeat-interval=10", "--election-timeout=100", .. flags]);

    /// <summary>Members as an operator runs them.</summary>
    public static async Task<EtcdServer> StartAsync(int members, string scheme = "http", params string[] flags)
    {
        var server = new EtcdServer(members, scheme, flags);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, members).Select(server.StartMemberAsync));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public Uri Endpoint(int member) => new($"{_scheme}://127.0.0.1:{_clientPorts[member]}");

    /// <summary>Starts a member, with what it held, and waits until it serves.</summary>
    public async Task StartMemberAsync(int member)
    {
        string[] arguments =
        [
            $"--name=m{member}", $"--data-dir={Path.Combine(_folder, $"m{member}")}",
            $"--listen-client-urls={Endpoint(member).OriginalString}", $"--advertise-client-urls={Endpoint(member).OriginalString}",
            $"--listen-peer-urls={Peer(member)}", $"--initial-advertise-peer-urls={Peer(member)}",
            $"--initial-cluster={string.Join(',', Enumerable.Range(0, _members.Length).Select(m => $"m{m}={Peer(m)}"))}",
            "--logger=zap", "--log-level=info", .. _flags,
        ];
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, Requirement.Value("MOVER_ETCD"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        _members[member] = process;
        var log = new List<string>();
        var ready = new TaskCompletionSource();
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                ready.TrySetException(new InvalidOperationException($"etcd ended:\n{string.Join('\n', log.TakeLast(5))}"));
            }
            else if (!ready.Task.IsCompleted)
            {
                log.Add(line.Data);
                if (line.Data.Contains("ready to serve client requests", StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }
        };
        process.BeginErrorReadLine();
        _ids[member] = int.Parse((await process.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Ends a member as a power cut would.</summary>
    public async Task KillAsync(int member)
    {
        if (_members[member] is { } process)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync();
            process.Dispose();
            _members[member] = null;
        }
    }

    /// <summary>A member stands still, and takes no notice of anything.</summary>
    public void Pause(int member) => Signal(member, 19);

    /// <summary>It goes on.</summary>
    public void Resume(int member) => Signal(member, 18);

    public async ValueTask DisposeAsync()
    {
        for (var member = 0; member < _members.Length; member++)
        {
            await KillAsync(member);
        }

        Directory.Delete(_folder, recursive: true);
    }

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    private static extern int Kill(int process, int signal);

    private void Signal(int member, int signal) => Assert.Equal(0, Kill(_ids[member], signal));

    private string Peer(int member) => $"http://127.0.0.1:{_peerPorts[member]}";
}
