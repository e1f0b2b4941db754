namespace Mover.Testing;

/// <summary>
/// A test that needs something outside the build, named by an environment variable that <c>./test.sh</c> sets.
/// Without it the test is skipped and named; with <c>CI=true</c> it fails instead, because there everything must be present.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresFactAttribute : FactAttribute
{
    public RequiresFactAttribute(params string[] variables) => Skip = Requirement.Missing(variables);
}

/// <summary>As <see cref="RequiresFactAttribute"/>, for theories.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresTheoryAttribute : TheoryAttribute
{
    public RequiresTheoryAttribute(params string[] variables) => Skip = Requirement.Missing(variables);
}

/// <summary>
/// A test that takes longer than every run of all tests should, beside others that hold the same: it runs when the environment variable is
/// set, and is skipped and named otherwise.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OnDemandFactAttribute : FactAttribute
{
    public OnDemandFactAttribute(string demand, params string[] variables) => Skip =
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable(demand)) ? $"runs on demand: {demand}=1" : Requirement.Missing(variables);
}

internal static class Requirement
{
    /// <summary>The reason to skip, or null to run. In CI the test runs, finds the variable missing and fails.</summary>
    public static string? Missing(string[] variables)
    {
        var missing = variables.Where(v => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(v))).ToArray();
        var isRequired = string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase);
        return missing.Length == 0 || isRequired ? null : $"needs {string.Join(" and ", missing)}; ./test.sh provides it";
    }

    /// <summary>The variable's value; throws, naming it, when it is missing.</summary>
    public static string Value(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"{variable} is not set; ./test.sh provides it.");
}
