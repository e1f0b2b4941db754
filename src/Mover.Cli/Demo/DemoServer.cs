using System.Diagnostics;
using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>
/// A server as a process of its own, so that a demo can kill it. It is killed with the demo, however that ends: a shell waits for the end
/// of its standard input, which the kernel brings about.
/// </summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private const string Script = "trap '' INT TERM HUP; \"$@\" & server=$!; cat > /dev/null; kill -9 $server";
    private const string Ready = "ready ";
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(2);

    private readonly Process _shell;

    private DemoServer(Process shell) => _shell = shell;

    /// <summary>Starts <c>mover server</c> with flags and waits until it is ready.</summary>
    public static async Task<DemoServer> StartAsync(IReadOnlyList<string> flags, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", .. Program(), "server", .. flags])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var server = new DemoServer(Process.Start(start) ?? throw new InvalidOperationException("The shell did not start."));
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(StartMax);
            var said = server._shell.StandardError.ReadToEndAsync(CancellationToken.None);
            while (await server._shell.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (line.StartsWith(Ready, StringComparison.Ordinal))
                {
                    return server;
                }
            }

            throw new CliException(ExitCodes.NotReady, "ServerEnded", $"The server ended: {await said}");
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync(CancellationToken.None);
        _shell.Dispose();
    }

    // Under `dotnet mover.dll` the process is dotnet's.
    private static string[] Program()
    {
        var path = Environment.ProcessPath ?? "mover";
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Environment.GetCommandLineArgs()[0]] : [path];
    }
}
