using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Server.Background;
using Mover.State.Documents;

namespace Mover.Server.Arm;

/// <summary>
/// On what terms a deployment has a resource written: what is already as it is wanted stays untouched. A client's request has none.
/// </summary>
internal sealed class WriteTerms
{
    /// <summary>What must hold at the moment of the write, such as that the deployment is still active.</summary>
    public IReadOnlyList<DocumentWrite> Only { get; init; } = [];

    /// <summary>Decides everything and writes nothing; null writes.</summary>
    public Preview? Preview { get; init; }

    /// <summary>Whether the resource was already as it is wanted.</summary>
    public bool IsUntouched { get; set; }

    /// <summary>The terms of a request; null for a client's.</summary>
    public static WriteTerms? Of(HttpContext http) => http.Features.Get<WriteTerms>();

    /// <summary>The preview that a request is part of; null for one that writes.</summary>
    public static Preview? PreviewOf(HttpContext http) => Of(http)?.Preview;
}

/// <summary>
/// What resources would become, one after the other: those decided earlier are there for those that come later. Belongs to one flow.
/// </summary>
internal sealed class Preview
{
    private readonly Dictionary<ResourceId, Decision> _decisions = [];

    /// <summary>Whether the resource would exist.</summary>
    public bool Has(ResourceId id) => _decisions.ContainsKey(id);

    /// <summary>What was decided of a resource; null for nothing.</summary>
    public Decision? Find(ResourceId id) => _decisions.GetValueOrDefault(id);

    /// <summary>The resource as it would be kept; null when nothing was decided of it.</summary>
    public T? Find<T>(ResourceId id, JsonTypeInfo<T> type)
        where T : class => Find(id) is { } decision ? decision.Kept.Deserialize(type) : null;

    /// <summary>Notes what a resource would become.</summary>
    public void Add(ResourceId id, Decision decision) => _decisions[id] = decision;
}

/// <summary>What a resource would become.</summary>
/// <param name="Before">As it is shown now, in the version of the request; null for a new one.</param>
/// <param name="After">As it would be shown.</param>
/// <param name="Kept">As it would be kept.</param>
/// <param name="IsUntouched">Whether nothing would be written.</param>
internal sealed record Decision(JsonObject? Before, JsonObject After, JsonObject Kept, bool IsUntouched);

/// <summary>Marks a route whose write can be decided without being done, as <see cref="WriteTerms.Preview"/> asks.</summary>
internal sealed class Previewable
{
    public static Previewable Instance { get; } = new();
}
