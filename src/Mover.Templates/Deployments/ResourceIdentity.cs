using Mover.Templates.Evaluation;

namespace Mover.Templates.Deployments;

/// <summary>What makes a resource the one it is.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its whole type, such as <c>Microsoft.StorageMover/storageMovers/projects</c>.</param>
/// <param name="Name">Its whole name, such as <c>mover1/wave1</c>.</param>
internal sealed record ResourceIdentity(string Id, string Type, string Name)
{
    /// <summary>The type of deployments.</summary>
    public const string DeploymentType = "Microsoft.Resources/deployments";

    private const string GroupType = "Microsoft.Resources/resourceGroups";

    /// <summary>Makes it; throws when the name has not one segment for each of the type.</summary>
    /// <param name="type">The whole type.</param>
    /// <param name="name">The whole name.</param>
    /// <param name="scope">What the resource extends, a full or relative id; null for none.</param>
    /// <param name="context">Where it is deployed.</param>
    public static ResourceIdentity Make(string type, string name, string? scope, DeploymentContext context)
    {
        var types = type.Split('/');
        var names = name.Split('/');
        if (types.Length < 2)
        {
            throw new TemplateException($"The type '{type}' is not valid: it needs a provider namespace and a type, separated by '/'.");
        }

        if (names.Length != types.Length - 1)
        {
            throw new TemplateException(
                $"The name '{name}' contains '{names.Length}' name segment(s) separated by '/', but '{types.Length - 1}' segment(s) were "
                + "expected.");
        }

        if (names.Any(segment => segment.Length == 0))
        {
            throw new TemplateException($"The name '{name}' contains an empty segment.");
        }

        if (scope is null && type.Equals(GroupType, StringComparison.OrdinalIgnoreCase))
        {
            return new($"{context.SubscriptionScope}/resourceGroups/{name}", type, name);
        }

        var above = scope switch
        {
            null => context.Scope,
            "/" => string.Empty,
            _ when scope.StartsWith('/') => scope.TrimEnd('/'),
            _ => $"{context.Scope}{Relative(scope)}",
        };
        return new($"{above}/providers/{types[0]}" + string.Concat(names.Select((one, at) => $"/{types[at + 1]}/{one}")), type, name);
    }

    // "Ns/type/name[/type/name…]" as it stands in "scope".
    private static string Relative(string scope)
    {
        var segments = scope.Split('/');
        return segments.Length % 2 == 1 && segments.Length >= 3
            ? $"/providers/{scope}"
            : throw new TemplateException($"The scope '{scope}' is not a resource id.");
    }
}
