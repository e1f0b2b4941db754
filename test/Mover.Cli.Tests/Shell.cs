using System.Diagnostics;
using Mover.Cli.Frame;

namespace Mover.Cli.Tests;

/// <summary>What a command line did.</summary>
internal sealed record Ran(int ExitCode, string Out, string Error);

/// <summary>Runs command lines in this process with captured writers, or as the built program.</summary>
internal sealed class Shell
{
    /// <summary>A home of the tests' own, so that no command writes into the tester's.</summary>
    private static readonly string Home = CreateHome();

    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal) { ["HOME"] = Home };

    public string Input { get; init; } = string.Empty;

    public bool CanAsk { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public string this[string variable]
    {
        set => _environment[variable] = value;
    }

    public Task<Ran> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);

    public async Task<Ran> RunAsync(CancellationToken cancel, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal
        {
            Out = TextWriter.Synchronized(output),
            Error = TextWriter.Synchronized(error),
            In = new StringReader(Input),
            Environment = _environment.GetValueOrDefault,
            CanAsk = CanAsk,
            Clock = Clock,
        };
        var exitCode = await MoverApp.RunAsync(args, terminal, cancel);
        return new(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Runs the program as users do, without a terminal.</summary>
    public static Task<Ran> RunProgramAsync(params string[] args) => RunProgramAsync(new Dictionary<string, string>(), args);

    /// <summary>The same, with some of the environment's variables set.</summary>
    public static async Task<Ran> RunProgramAsync(IReadOnlyDictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo(Program)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (var arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    private static string CreateHome()
    {
        var home = Directory.CreateTempSubdirectory("mover-cli-test-home-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(home, recursive: true);
        return home;
    }

    /// <summary>The program that is started: the one of this build, or another one such as the native one.</summary>
    public static string Program =>
        Environment.GetEnvironmentVariable("MOVER_PROGRAM") ?? Path.Combine(AppContext.BaseDirectory, "mover");
}
