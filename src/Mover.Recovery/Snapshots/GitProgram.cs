using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Mover.Recovery.Snapshots;

/// <summary>What git answered.</summary>
/// <param name="ExitCode">0 when it went well.</param>
/// <param name="Out">Its standard output, in full.</param>
/// <param name="Error">Its words, cut and without what a terminal would obey.</param>
internal sealed record GitAnswer(int ExitCode, byte[] Out, string Error)
{
    public bool IsOk => ExitCode == 0;

    /// <summary>The output as one line.</summary>
    public string Line => Encoding.UTF8.GetString(Out).Trim();
}

/// <summary>
/// Runs the <c>git</c> program in one folder: no shell, nothing of the caller's <c>GIT_…</c> variables, no hooks, no signing, no
/// questions, and no more time and output than named here.
/// </summary>
/// <param name="folder">Where git works.</param>
/// <param name="clock">The clock of its time limit.</param>
internal sealed class GitProgram(string folder, TimeProvider clock)
{
    /// <summary>The time that one run may take; a push may take longer.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromMinutes(1);

    /// <summary>The time that a push may take.</summary>
    public static readonly TimeSpan PushTimeMax = TimeSpan.FromMinutes(5);

    private const int ErrorCharsMax = 600;

    private static readonly string[] Settings =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false",
        "-c", "commit.gpgsign=false", "-c", "i18n.commitEncoding=UTF-8", "-c", "core.quotePath=false",
        "--literal-pathspecs", "-c", "gc.autoDetach=false", "-c", "maintenance.auto=false",
    ];

    /// <summary>Runs git on what is here, to its end: one that is killed leaves its locks behind.</summary>
    public Task<GitAnswer> RunAsync(CancellationToken cancel, params IEnumerable<string> arguments)
    {
        cancel.ThrowIfCancellationRequested();
        return RunAsync(arguments, null, TimeMax, CancellationToken.None);
    }

    /// <summary>Runs git; it is killed when its time is over or it is canceled.</summary>

    public async Task<GitAnswer> RunAsync(IEnumerable<string> arguments, string? input, TimeSpan timeMax, CancellationToken cancel)
    {
        using var git = Start(arguments);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = clock.CreateTimer(_ => limit.Cancel(), null, timeMax, Timeout.InfiniteTimeSpan);
        try
        {
            var output = ReadAsync(git.StandardOutput.BaseStream, SnapshotFolder.FileBytesMax, limit.Token);
            var error = ReadAsync(git.StandardError.BaseStream, SnapshotFolder.FileBytesMax, limit.Token);
            await WriteAsync(git, input, limit.Token).ConfigureAwait(false);
            var answer = await output.ConfigureAwait(false);
            var words = Encoding.UTF8.GetString(await error.ConfigureAwait(false)).ReplaceLineEndings(" ").Trim();
            await git.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return new(git.ExitCode, answer, SnapshotMessage.Escaped(words, ErrorCharsMax));
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            Kill(git);
            cancel.ThrowIfCancellationRequested();
            throw new RecoveryException(
                "GitTimedOut", $"git did not finish within {timeMax.TotalSeconds:F0} s in {folder}.",
                "Run the same git command manually to see what it waits for.", fault);
        }
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git")
        {
            UseShellExecute = false,
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(one => one.StartsWith("GIT_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LC_ALL"] = "C";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["SSH_ASKPASS_REQUIRE"] = "never";
        foreach (var argument in Settings.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw Missing(null);
        }
        catch (Win32Exception fault)
        {
            throw Directory.Exists(folder) ? Missing(fault) : new RecoveryException(
                "RepositoryNotFound", $"The folder {folder} does not exist.", "Specify the folder of the repository.", fault);
        }
    }

    private static async Task WriteAsync(Process git, string? input, CancellationToken cancel)
    {
        try
        {
            if (input is not null)
            {
                await git.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(input), cancel).ConfigureAwait(false);
            }

            git.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, long bytesMax, CancellationToken cancel)
    {
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
        {
            if (read.Length + count > bytesMax)
            {
                throw new IOException($"git wrote more than {bytesMax} bytes.");
            }

            await read.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
        }

        return read.ToArray();
    }

    private static void Kill(Process git)
    {
        try
        {
            git.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private static RecoveryException Missing(Exception? cause) => new(
        "GitMissing", "Cannot start git.", "Install git, or write the files without it with --output DIR.", cause);
}
