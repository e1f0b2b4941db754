using Mover.Cli.Frame;
using Mover.Core.Access;

namespace Mover.Cli.Connect;

/// <summary>Reads secrets from where they are safe: a file or standard input, never an argument.</summary>
internal static class Secrets
{
    /// <summary>No secret that the program takes is longer.</summary>
    public const int BytesMax = 64 * 1024;

    public static string ReadFile(string file, string what)
    {
        try
        {
            // What stands below /dev is a pipe or a terminal.
            if (!OperatingSystem.IsWindows() && !file.StartsWith("/dev/", StringComparison.Ordinal)
                && SecretFiles.Refuse(file, File.GetUnixFileMode(file)) is { } problem)
            {
                throw CliException.Usage($"Cannot use the {what} file '{file}': {problem}");
            }

            if (new FileInfo(file).Length > BytesMax)
            {
                throw CliException.Usage($"The {what} file '{file}' is longer than {BytesMax} bytes.");
            }

            return File.ReadAllText(file).Trim();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage($"Cannot read the {what} file '{file}': {fault.Message}");
        }
    }

    /// <summary>From the file when one is named, else from standard input to its end.</summary>
    public static string ReadFileOrStdin(string? file, Terminal terminal, string what)
    {
        var text = file is null or "-" ? terminal.In.ReadToEnd().Trim() : ReadFile(file, what);
        return text.Length > 0 ? text : throw CliException.Usage($"The {what} is empty.");
    }
}
