using Mover.Core.Arm;

namespace Mover.Core.Access;

/// <summary>
/// What a request wants to do, in the words of Azure RBAC: an action such as <c>Microsoft.StorageMover/storageMovers/read</c> and a scope.
/// </summary>
/// <param name="Name">The action.</param>
/// <param name="Scope">The path it is done at: a resource, a group, a subscription, or a path outside ARM.</param>
public readonly record struct ArmAction(string Name, string Scope)
{
    /// <summary>The part of an agent's URL below which its channel lives.</summary>
    public const string ChannelSegment = "channel";

    /// <summary>The action of an agent that talks on its own channel.</summary>
    public const string AgentChannel = "Microsoft.StorageMover/storageMovers/agents/channel/action";

    /// <summary>
    /// Derives the action from a request. Paths that are no ARM id have the action <c>Mover/{verb}</c> and themselves as scope.
    /// </summary>
    public static ArmAction Of(string method, string path)
    {
        var text = path.TrimEnd('/');
        if (method == "POST")
        {
            return OfPost(text);
        }

        var verb = method switch
        {
            "GET" or "HEAD" => "read",
            "DELETE" => "delete",
            _ => "write",
        };
        return ResourceId.TryParse(text, out var id)
            ? new($"{TypeOf(id)}/{verb}", id.Text)
            : OfCollection(text, verb);
    }

    private static ArmAction OfPost(string text)
    {
        var segments = text.Split('/');
        if (segments.Length > 2
            && segments[^2].Equals(ChannelSegment, StringComparison.OrdinalIgnoreCase)
            && ResourceId.TryParse(string.Join('/', segments[..^2]), out var agent)
            && agent.Type.Equals("Microsoft.StorageMover/storageMovers/agents", StringComparison.OrdinalIgnoreCase))
        {
            return new(AgentChannel, agent.Text);
        }

        var cut = text.LastIndexOf('/');
        return cut > 0 && ResourceId.TryParse(text[..cut], out var id)
            ? new($"{TypeOf(id)}/{text[(cut + 1)..]}/action", id.Text)
            : new("Mover/action", text);
    }

    /// <summary>A listing: the last segment is a type, the scope is what encloses it.</summary>
    private static ArmAction OfCollection(string text, string verb)
    {
        var listed = ResourceId.TryParse(text + "/-", out var probe);
        return listed ? new($"{TypeOf(probe)}/{verb}", text[..text.LastIndexOf('/')]) : new($"Mover/{verb}", text);
    }

    private static string TypeOf(ResourceId id) =>
        id.Type.Length > 0 ? id.Type
        : id.ResourceGroup.Length > 0 ? "Microsoft.Resources/subscriptions/resourceGroups"
        : "Microsoft.Resources/subscriptions";
}
