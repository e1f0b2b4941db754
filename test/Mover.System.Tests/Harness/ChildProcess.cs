using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Mover.SystemTests.Harness;

/// <summary>A program that runs beside the test, with its output kept, and killed with everything it started when the test ends.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(120);
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly BlockingCollection<string> _lines = [];

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything written so far to stdout and stderr, for failure messages.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a program; one that ends with its standard input gets one that stays open.</summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, bool keepsInput = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = keepsInput,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Keep(line.Data, isResult: true);
        child._process.ErrorDataReceived += (_, line) => child.Keep(line.Data, isResult: false);
        child._process.Start();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>The program under test, as built beside this test.</summary>
    public static string MoverPath { get; } = Path.Combine(AppContext.BaseDirectory, "mover.dll");

    /// <summary>The words that start the program under test: the one of this build, or another one such as the native one.</summary>
    public static IReadOnlyList<string> Program { get; } =
        Environment.GetEnvironmentVariable("MOVER_PROGRAM") is { Length: > 0 } other ? [other] : ["dotnet", MoverPath];

    /// <summary>Whether the program under test tells which exchanges were held to the API definitions; native code has no hook for it.</summary>
    public static bool TellsExchanges => Program.Count > 1;

    /// <summary>Starts the program under test, behind the words of another program that starts it, if any.</summary>
    public static ChildProcess Mover(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? startedBy = null)
    {
        string[] words = [.. startedBy ?? [], .. Program, .. arguments];
        return Start(words[0], words[1..], environment);
    }

    /// <summary>Runs the program under test to its end and returns its exit code and output.</summary>
    public static Task<(int ExitCode, string Output)> RunMoverAsync(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        RunAsync(Program[0], [.. Program.Skip(1), .. arguments], environment);

    /// <summary>Runs a program to its end and returns its exit code and output.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        await using var child = Start(program, arguments, environment);
        var exitCode = await child.WaitForExitAsync();
        return (exitCode, child.Output);
    }

    /// <summary>Waits for a line on stdout that starts with the text and returns what follows it.</summary>
    public string WaitForLine(string start)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < WaitMax)
        {
            if (_lines.TryTake(out var line, TimeSpan.FromMilliseconds(200)))
            {
                if (line.StartsWith(start, StringComparison.Ordinal))
                {
                    return line[start.Length..].Trim();
                }
            }
            else if (_process.HasExited)
            {
                throw new InvalidOperationException($"The program ended with {_process.ExitCode} before it wrote '{start}':\n{Output}");
            }
        }

        throw new TimeoutException($"The program did not write '{start}' within {WaitMax}:\n{Output}");
    }

    /// <summary>Waits until what was written, to stdout or stderr, holds a text.</summary>
    public async Task WaitForOutputAsync(string text)
    {
        using var limit = new CancellationTokenSource(WaitMax);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!Output.Contains(text, StringComparison.Ordinal))
        {
            Assert.False(HasExited || limit.IsCancellationRequested, $"The program did not write '{text}':\n{Output}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Asks the program to end (SIGTERM), waits until it has, and returns its exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        await SignalAsync("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Interrupts the program as Ctrl-C does (SIGINT), waits until it has ended, and returns its exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        await SignalAsync("INT");
        return await WaitForExitAsync();
    }

    /// <summary>The program stands still (SIGSTOP): its connections stay, and it answers nothing.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>It goes on (SIGCONT).</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
        _lines.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        var (exitCode, output) = await RunAsync("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        Assert.True(exitCode == 0, output);
    }

    private void Keep(string? line, bool isResult)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (isResult && !_lines.IsAddingCompleted)
        {
            _lines.Add(line);
        }
    }
}
