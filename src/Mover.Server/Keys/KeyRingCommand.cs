using System.ComponentModel;
using System.Diagnostics;
using Mover.Server.DataFolders;

namespace Mover.Server.Keys;

/// <summary>
/// A program that wraps and unwraps, such as one over a hardware module or a key service. <c>PROGRAM wrap</c> reads one line of Base64 and
/// prints two: the id of the key it used and the wrapped bytes in Base64. <c>PROGRAM unwrap ID</c> reads the wrapped line and prints the
/// key. It ends with 0, within <see cref="TimeMax"/>; what it says on stderr is shown when it does not.
/// </summary>
internal sealed class KeyRingCommand(string program) : KeyRing
{
    /// <summary>How long one call may take.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(30);

    private const int OutputCharsMax = 64 * 1024;
    private const int IdLengthMax = 200;

    /// <inheritdoc/>
    public override string Place => program;

    /// <summary>Which key it uses is the program's own business.</summary>
    public override ValueTask RenewAsync(string keyId, CancellationToken cancel) => default;

    /// <inheritdoc/>
    public override async ValueTask<WrappedKey> WrapAsync(ReadOnlyMemory<byte> key, CancellationToken cancel)
    {
        var lines = await RunAsync(["wrap"], Convert.ToBase64String(key.Span), cancel);
        return lines is [{ Length: > 0 and <= IdLengthMax } id, var wrapped] && Bytes(wrapped) is { } bytes
            ? new(id, bytes)
            : throw new DataFolderException(program, "'wrap' did not print two lines, the key's id and the wrapped key in Base64");
    }

    /// <inheritdoc/>
    public override async ValueTask<byte[]> UnwrapAsync(WrappedKey wrapped, CancellationToken cancel)
    {
        var lines = await RunAsync(["unwrap", wrapped.KeyId], Convert.ToBase64String(wrapped.Bytes), cancel);
        return lines is [var key] && Bytes(key) is { } bytes
            ? bytes
            : throw new DataFolderException(program, "'unwrap' did not print one line, the key in Base64");
    }

    private static byte[]? Bytes(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) && length > 0 ? bytes[..length] : null;
    }

    private async Task<string[]> RunAsync(string[] arguments, string input, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeMax);
        using var running = Start(arguments);
        try
        {
            var (output, error) = (ReadAsync(running.StandardOutput, limit.Token), ReadAsync(running.StandardError, limit.Token));
            try
            {
                await running.StandardInput.WriteLineAsync(input.AsMemory(), limit.Token);
                running.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading; its exit code says why.
            }

            await running.WaitForExitAsync(limit.Token);
            return running.ExitCode == 0
                ? (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                : throw new DataFolderException(
                    program, $"'{arguments[0]}' ended with exit code {running.ExitCode}: {(await error).Trim().TrimEnd('.')}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new DataFolderException(program, $"'{arguments[0]}' took longer than {TimeMax.TotalSeconds} s");
        }
        finally
        {
            if (!running.HasExited)
            {
                running.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(string[] arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }) ?? throw new DataFolderException(program, "it could not be started");
        }
        catch (Win32Exception fault)
        {
            throw new DataFolderException(program, $"it cannot be started: {fault.Message.TrimEnd('.')}; check --key-ring", fault);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancel)
    {
        var buffer = new char[OutputCharsMax];
        var length = await reader.ReadBlockAsync(buffer, cancel);
        return new(buffer, 0, length);
    }
}
