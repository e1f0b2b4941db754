namespace Mover.Cli.Doctor;

/// <summary>How a check ended.</summary>
internal enum Verdict
{
    Ok,
    Warn,
    Fail,
}

/// <summary>What one check found.</summary>
/// <param name="Verdict">Ok, warn or fail.</param>
/// <param name="Check">What was looked at, in a word or two.</param>
/// <param name="Found">What it is.</param>
/// <param name="Remedy">What to do; null when all is well.</param>
internal sealed record Finding(Verdict Verdict, string Check, string Found, string? Remedy = null)
{
    public static Finding Ok(string check, string found) => new(Verdict.Ok, check, found);

    public static Finding Warn(string check, string found, string remedy) => new(Verdict.Warn, check, found, remedy);

    public static Finding Fail(string check, string found, string remedy) => new(Verdict.Fail, check, found, remedy);
}
