namespace Mover.Cli.Frame;

/// <summary>A command cannot go on, for a reason that the user can act on.</summary>
/// <param name="exitCode">One of <see cref="ExitCodes"/>.</param>
/// <param name="code">A short code, in PascalCase like ARM's.</param>
/// <param name="message">What happened, one sentence.</param>
/// <param name="remedy">What to do; null when the message says it.</param>
/// <param name="inner">The cause, shown by <c>--debug</c>.</param>
internal sealed class CliException(int exitCode, string code, string message, string? remedy = null, Exception? inner = null)
    : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    public string Code { get; } = code;

    public string? Remedy { get; } = remedy;

    public static CliException Usage(string message, string? remedy = null) => new(ExitCodes.Usage, "Usage", message, remedy);
}
