using System.Diagnostics;
using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>
/// A program that a demo can kill. It is killed with the demo, however that ends: a shell waits for the end of its standard input, which
/// the kernel brings about.
/// </summary>
internal sealed class DemoProcess : IAsyncDisposable
{
    // The shell lets go of the pipes, so that they end with the program.
    private const string Script =
        "trap '' INT TERM HUP; \"$@\" & program=$!; exec > /dev/null 2>&1; cat > /dev/null; kill -9 $program; wait $program";

    private const int LinesMax = 20;
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(2);

    private readonly Process _shell;

    private DemoProcess(Process shell) => _shell = shell;

    /// <summary>Starts <c>mover server</c> with flags and waits until it is ready.</summary>
    public static Task<DemoProcess> StartServerAsync(IReadOnlyList<string> flags, CancellationToken cancel) =>
        StartAsync("server", [.. Mover(), "server", .. flags], line => line.StartsWith("ready ", StringComparison.Ordinal), cancel);

    /// <summary>Starts a program and waits until it writes a line that says that it is ready.</summary>
    /// <param name="what">What it is, for messages.</param>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="isReady">Tells the line.</param>
    /// <param name="cancel">Ends the wait, and the program.</param>
    public static async Task<DemoProcess> StartAsync(
        string what, IReadOnlyList<string> words, Func<string, bool> isReady, CancellationToken cancel)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, "sh", .. words])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var program = new DemoProcess(Process.Start(start) ?? throw new InvalidOperationException("Cannot start the shell."));
        try
        {
            await program.WaitAsync(what, isReady, cancel);
            return program;
        }
        catch
        {
            await program.DisposeAsync();
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

    private async Task WaitAsync(string what, Func<string, bool> isReady, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(StartMax);
        var complaints = _shell.StandardError.ReadToEndAsync(CancellationToken.None);
        var lines = new Queue<string>();
        try
        {
            while (await _shell.StandardOutput.ReadLineAsync(limit.Token) is { } line)
            {
                if (isReady(line))
                {
                    // The rest of its talk is drained, so that a full pipe never stops it.
                    _ = _shell.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
                    return;
                }

                lines.Enqueue(line);
                if (lines.Count > LinesMax)
                {
                    lines.Dequeue();
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CliException(
                ExitCodes.NotReady, "NotStarted",
                $"The {what} was not ready within {StartMax.TotalMinutes} min: {string.Join('\n', lines)}");
        }

        var said = $"{string.Join('\n', lines)}{await complaints}".Trim();
        throw new CliException(ExitCodes.NotReady, "Ended", $"The {what} ended: {(said.Length > 0 ? said : "no output.")}");
    }

    // Under `dotnet mover.dll` the process is dotnet's.
    private static string[] Mover()
    {
        var path = Environment.ProcessPath ?? "mover";
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Environment.GetCommandLineArgs()[0]] : [path];
    }
}
