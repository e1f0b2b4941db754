using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Mover.Core;
using Mover.Core.Arm;
using Mover.Server.Settings;

namespace Mover.Server.Deployments;

/// <summary>
/// Microsoft's <c>bicep</c> program, which writes a template as Bicep. One call at a time, each with a folder of its own that goes with it.
/// </summary>
internal sealed partial class BicepProgram(ServerOptions options, ILogger<BicepProgram> logger) : IDisposable
{
    /// <summary>How long one call may take.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(60);

    private const int OutputCharsMax = 16 * 1024 * 1024;
    private const int ReasonCharsMax = 500;
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The template as Bicep, or why there is none.</summary>
    public async Task<Result<string>> DecompileAsync(string template, CancellationToken cancel)
    {
        if (options.Bicep is not { } program)
        {
            return ArmErrors.ExportFormatNotSupported("Bicep");
        }

        await _turn.WaitAsync(cancel);
        var folder = Directory.CreateTempSubdirectory("mover-bicep-");
        try
        {
            var file = Path.Combine(folder.FullName, "export.json");
            await File.WriteAllTextAsync(file, template, cancel);
            return await RunAsync(program, file, cancel);
        }
        finally
        {
            folder.Delete(recursive: true);
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private async Task<Result<string>> RunAsync(string program, string file, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeMax);
        using var running = Start(program, file);
        if (running is null)
        {
            return Failed("it cannot be started");
        }

        try
        {
            var output = ReadAsync(running.StandardOutput, OutputCharsMax, limit.Token);
            var errors = ReadAsync(running.StandardError, ReasonCharsMax, limit.Token);
            await running.WaitForExitAsync(limit.Token);
            var (text, said) = (await output, await errors);
            return running.ExitCode != 0
                    ? Failed($"it ended with exit code {running.ExitCode}: {PrintedText.Of(said, ReasonCharsMax)}")
                : text.Length == OutputCharsMax ? Failed($"its output exceeds {OutputCharsMax} characters")
                : text;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed($"it took longer than {TimeMax.TotalSeconds} s");
        }
        finally
        {
            if (!running.HasExited)
            {
                running.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process? Start(string program, string file)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, ["decompile", "--stdout", file])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment = { ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1" },
            });
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    // To the end, so that the program is not kept waiting; what is more than is wanted is dropped.
    private static async Task<string> ReadAsync(StreamReader reader, int charsMax, CancellationToken cancel)
    {
        var (kept, buffer) = (new StringBuilder(), new char[16 * 1024]);
        while (await reader.ReadAsync(buffer, cancel) is > 0 and var length)
        {
            kept.Append(buffer, 0, Math.Min(length, charsMax - kept.Length));
        }

        return kept.ToString();
    }

    // Callers learn that it failed; why is the operator's to see.
    private ArmError Failed(string why)
    {
        Log.Failed(logger, options.Bicep ?? string.Empty, why);
        return ArmErrors.ExportNotDecompiled();
    }

    private static partial class Log
    {
        [LoggerMessage(2522, LogLevel.Error, "The Bicep program {Program} failed: {Reason}.")]
        public static partial void Failed(ILogger logger, string program, string reason);
    }
}
