using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions that make resource ids.</summary>
internal static class IdFunctions
{
    private const string GroupType = "Microsoft.Resources/resourceGroups";

    public static IReadOnlyList<Function> All { get; } =
    [
        new("resourceId", 2, Function.Any, ResourceId),
        new("subscriptionResourceId", 2, Function.Any, SubscriptionResourceId),
        new("tenantResourceId", 2, Function.Any, call => TemplateValue.Of(Provided(call, string.Empty, call.Text(TypeAt(call, 0)), 0))),
        new("managementGroupResourceId", 2, Function.Any, ManagementGroupResourceId),
        new("extensionResourceId", 3, Function.Any, call => TemplateValue.Of(Provided(call, call.Text(0).TrimEnd('/'), call.Text(1), 1))),
    ];

    private static TemplateValue ResourceId(FunctionCall call)
    {
        var at = TypeAt(call, 2);
        var context = call.Scope.Context;
        var isGroupScope = context.ResourceGroup is not null;
        var (subscription, group) = (at, isGroupScope) switch
        {
            (2, _) => (call.Text(0), call.Text(1)),
            (1, true) => (context.SubscriptionId, call.Text(0)),
            (1, false) => (call.Text(0), null),
            _ => (context.SubscriptionId, context.ResourceGroup),
        };
        var scope = group is null ? $"/subscriptions/{subscription}" : $"/subscriptions/{subscription}/resourceGroups/{group}";
        return TemplateValue.Of(Provided(call, scope, call.Text(at), at));
    }

    private static TemplateValue SubscriptionResourceId(FunctionCall call)
    {
        var at = TypeAt(call, 1);
        var subscription = at == 1 ? call.Text(0) : call.Scope.Context.SubscriptionId;
        return TemplateValue.Of(Provided(call, $"/subscriptions/{subscription}", call.Text(at), at));
    }

    private static TemplateValue ManagementGroupResourceId(FunctionCall call)
    {
        var at = TypeAt(call, 1);
        return at == 1
            ? TemplateValue.Of(Provided(call, $"/providers/Microsoft.Management/managementGroups/{call.Text(0)}", call.Text(at), at))
            : throw call.Unable("The deployment is not in a management group; pass the group as the first argument.");
    }

    // The one argument with a slash is the type; names have none.
    private static int TypeAt(FunctionCall call, int beforeMax)
    {
        for (var at = 0; at <= Math.Min(beforeMax, call.Count - 1); at++)
        {
            if (call.Text(at).Contains('/', StringComparison.Ordinal))
            {
                return at;
            }
        }

        throw new TemplateException(
            $"Unable to evaluate template language function '{call.Name}': function requires exactly one multi-segmented argument "
                + "which must "
            + "be resource type including resource provider namespace. Current function arguments "
            + $"'{string.Join(',', Enumerable.Range(0, call.Count).Select(call.Text))}'.");
    }

    private static string Provided(FunctionCall call, string scope, string type, int typeAt)
    {
        var segments = type.Split('/');
        var names = Enumerable.Range(typeAt + 1, call.Count - typeAt - 1).Select(call.Text).ToArray();
        if (segments.Length < 2 || segments.Any(segment => segment.Length == 0) || names.Length != segments.Length - 1)
        {
            throw new TemplateException(
                $"Unable to evaluate template language function '{call.Name}': the type '{type}' requires '{segments.Length - 1}' resource "
                + $"name argument(s).");
        }

        if (type.Equals(GroupType, StringComparison.OrdinalIgnoreCase))
        {
            return $"{scope}/resourceGroups/{names[0]}";
        }

        return $"{scope}/providers/{segments[0]}" + string.Concat(names.Select((name, at) => $"/{segments[at + 1]}/{name}"));
    }
}
