using Mover.Templates.Evaluation;
using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions that read resources while the deployment runs.</summary>
internal static class ReferenceFunctions
{
    private static readonly HashSet<string> RuntimeNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "reference", "references", "toLogicalZone", "toLogicalZones", "toPhysicalZone", "toPhysicalZones",
    };

    public static IReadOnlyList<Function> All { get; } =
    [
        new("reference", 1, 3, call => Here(call).Reference(call.Text(0), ApiVersion(call), IsFull(call, 2))),
        new("references", 1, 2, call => Here(call).References(call.Text(0), IsFull(call, 1))),
        new("resourceInfo", 1, 1, call => Here(call).Info(call.Text(0))),
    ];

    /// <summary>Whether an expression has to wait until resources exist.</summary>
    public static bool NeedsRuntime(Expression expression) => expression.Calls().Any(IsRuntime);

    /// <summary>Whether a call has to wait until resources exist.</summary>
    public static bool IsRuntime(Call call) =>
        RuntimeNames.Contains(call.Name) || (FunctionTable.IsList(call.Name) && !call.Name.Contains('.', StringComparison.Ordinal));

    /// <summary>The refusal of a function where it may not stand.</summary>
    public static TemplateException NotHere(string name) => new($"The template function '{name}' is not expected at this location.");

    /// <summary>A resource's own list function.</summary>
    public static TemplateValue List(Call call, Scope scope) =>
        new Function(call.Name, 2, 3, one => Here(one).List(one.Name, one.Text(0), one.Text(1), one.Count > 2 ? one[2] : null))
            .Invoke(call, scope);

    /// <summary>What a function that waits for the deployment finds; throws where it may not stand.</summary>
    public static IReferences Here(FunctionCall call) => call.Scope.References ?? throw NotHere(call.Name);

    private static string? ApiVersion(FunctionCall call) =>
        call.Count > 1 && call[1].Kind != ValueKind.Null && call.Text(1).Length > 0 ? call.Text(1) : null;

    private static bool IsFull(FunctionCall call, int at)
    {
        if (call.Count <= at)
        {
            return false;
        }

        return call.Text(at).Equals("Full", StringComparison.OrdinalIgnoreCase)
            ? true
            : throw call.Unable($"The value '{call.Text(at)}' is not valid. The only supported value is 'Full'.");
    }
}
