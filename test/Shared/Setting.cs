using System.Globalization;

namespace Mover.Testing;

/// <summary>
/// What a person may ask of a test run by environment variables: other seeds, longer campaigns. Without them a run does the same every time.
/// </summary>
internal static class Setting
{
    /// <summary>The whole number in the variable; <paramref name="usual"/> when it is not set.</summary>
    public static int Number(string variable, int usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;

    /// <summary>The seed of random choices: <c>MOVER_SEED</c>, or the test's own.</summary>
    public static int Seed(int usual) => Number("MOVER_SEED", usual);
}
