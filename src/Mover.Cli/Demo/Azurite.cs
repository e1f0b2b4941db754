using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>A local Blob service: Azurite as a child process, on a free port of loopback, with an account and key of its own.</summary>
internal sealed partial class Azurite : IAsyncDisposable
{
    public const string Account = "moverdemo";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);
    private readonly Process _process;

    private Azurite(Process process, string key, Uri address, IReadOnlyList<string> arguments)
    {
        _process = process;
        Key = key;
        Address = address;
        Arguments = arguments;
    }

    /// <summary>The account's key. Secret.</summary>
    public string Key { get; }

    /// <summary>The account's blob endpoint, path style.</summary>
    public Uri Address { get; }

    /// <summary>What starts it by hand, after <c>node</c>, at the same place.</summary>
    public IReadOnlyList<string> Arguments { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts it, or says what is missing and how to get it.</summary>
    /// <param name="folder">Where it keeps blobs.</param>
    /// <param name="terminal">Whose environment says where it is.</param>
    /// <param name="cancel">Stops waiting for it.</param>
    public static async Task<Azurite> StartAsync(string folder, Terminal terminal, CancellationToken cancel)
    {
        var script = Find(terminal) ?? throw new CliException(
            ExitCodes.NotReady, "NoBlobService", "The demo needs Azurite, a local Blob service, but did not find it.",
            "Run `npm ci` in tools/ (./mover does this automatically), or set MOVER_AZURITE to its main.js.");
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        var process = Launch(script, folder, key);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(StartTimeout);
            var port = await ReadPortAsync(process, limit.Token);

            // The rest of its talk is drained, so that a full pipe never stops it.
            process.BeginErrorReadLine();
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new(process, key, new($"http://127.0.0.1:{port}/{Account}/"), [script, .. Flags(port, folder)]);
        }
        catch
        {
            Kill(process);
            throw;
        }
    }

    /// <summary>Ends it, and returns when it writes no more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    /// <summary>By MOVER_AZURITE, else in node_modules beside or above the program and the working folder, else the global one.</summary>
    private static string? Find(Terminal terminal)
    {
        if (terminal.Environment("MOVER_AZURITE") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw CliException.Usage($"MOVER_AZURITE is '{named}', which does not exist.");
        }

        const string Script = "node_modules/azurite/dist/src/blob/main.js";
        var starts = new[] { AppContext.BaseDirectory, Environment.CurrentDirectory };
        var places = starts.SelectMany(Ancestors)
            .SelectMany(folder => new[] { Path.Combine(folder, "tools", Script), Path.Combine(folder, ".tools", Script) })
            .Append(Path.Combine("/usr/local/lib", Script)).Append(Path.Combine("/usr/lib", Script));
        return places.FirstOrDefault(File.Exists);
    }

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var at = (string?)Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }

    private static string[] Flags(string port, string folder) =>
        ["--blobHost", "127.0.0.1", "--blobPort", port, "--location", folder, "--disableTelemetry", "--skipApiVersionCheck"];

    private static Process Launch(string script, string folder, string key)
    {
        var start = new ProcessStartInfo("node")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        // It ends when the demo does, killed or not: its standard input ends then.
        var leash = Path.Combine(folder, "leash.js");
        File.WriteAllText(leash, "process.stdin.on('end', () => process.exit(0)).resume();");
        string[] arguments = ["--require", leash, script, .. Flags("0", folder)];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Azurite takes accounts from its environment, so the key stands in no argument.
        start.Environment["AZURITE_ACCOUNTS"] = $"{Account}:{key}";
        try
        {
            return Process.Start(start) ?? throw new CliException(ExitCodes.NotReady, "NoNode", "Cannot start Node.js.");
        }
        catch (Win32Exception fault)
        {
            throw new CliException(
                ExitCodes.NotReady, "NoNode", "The demo's Blob service needs Node.js 20, but `node` is not on the PATH.",
                "Debian: apt-get install nodejs npm", fault);
        }
    }

    private static async Task<string> ReadPortAsync(Process process, CancellationToken cancel)
    {
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
            {
                if (ListeningLine().Match(line) is { Success: true } match)
                {
                    return match.Groups["port"].Value;
                }
            }
        }
        catch (OperationCanceledException) when (!process.HasExited)
        {
            throw new CliException(ExitCodes.NotReady, "NoBlobService", $"Azurite did not start within {StartTimeout.TotalSeconds:F0} s.");
        }

        var said = await process.StandardError.ReadToEndAsync(CancellationToken.None);
        throw new CliException(ExitCodes.NotReady, "NoBlobService", $"Azurite exited immediately: {said}", "Run `npm ci` in tools/ again.");
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        process.Dispose();
    }

    [GeneratedRegex(
        @"listen(s|ing) (on|at) http://127\.0\.0\.1:(?<port>\d+)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, 1000)]
    private static partial Regex ListeningLine();
}
