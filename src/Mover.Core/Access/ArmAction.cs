using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>
/// What a request wants to do, in the words of Azure RBAC: an action such as <c>Microsoft.StorageMover/storageMovers/read</c>, declared
/// beside its route, and the scope it is done at.
/// </summary>
/// <param name="Name">The action.</param>
/// <param name="Scope">A resource, a group, a subscription, or <c>/</c> for everything.</param>
public readonly record struct ArmAction(string Name, string Scope)
{
    /// <summary>The action of an agent that talks on its own channel; no role definition of Azure's knows it.</summary>
    public const string AgentChannel = "Mover/agentChannel/action";

    /// <summary>The scope that encloses everything.</summary>
    public const string Root = "/";

    private const string Providers = "providers";

    /// <summary>
    /// The scope of a request's path. A list or an action ends in a word of its route, and its scope is the resource before that word.
    /// </summary>
    public static string ScopeOf(string path, bool endsInWord)
    {
        var text = path.AsSpan().TrimEnd('/');
        if (endsInWord)
        {
            text = Up(text);
            var space = Up(text);
            if (space.Length < text.Length && space.EndsWith(Providers, StringComparison.OrdinalIgnoreCase))
            {
                text = Up(space);
            }
        }

        return text.Length == 0 ? Root : text.Length == path.Length ? path : text.ToString();
    }

    /// <summary>True when <paramref name="outer"/> is the scope or encloses it, casing aside.</summary>
    public static bool Encloses(string outer, string scope) =>
        outer == Root
        || (ArmCase.StartsWith(scope, outer) && (scope.Length == outer.Length || scope[outer.Length] == '/'));

    private static ReadOnlySpan<char> Up(ReadOnlySpan<char> path) => path.LastIndexOf('/') is var cut and >= 0 ? path[..cut] : path;
}
