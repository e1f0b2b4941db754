using Mover.Core.Arm;
using Mover.Core.Rules;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Resources;

/// <summary>A parsed <c>$filter</c> of a resource list. Immutable.</summary>
internal abstract record ResourceFilter
{
    /// <summary>Lets everything through.</summary>
    public static ResourceFilter All { get; } = new Both([]);

    /// <summary>True for a resource that the list shows.</summary>
    public abstract bool Matches(ResourceId id, ListedResource resource);

    /// <summary>True for a document that the list shows.</summary>
    public bool Matches(Document<ListedResource> document) => Matches(document.Key.Id, document.Value);

    /// <summary>Every one holds; what is said of tags, of one and the same tag.</summary>
    internal sealed record Both(IReadOnlyList<ResourceFilter> Parts) : ResourceFilter
    {
        private readonly IReadOnlyList<ResourceFilter> _others = [.. Parts.Where(part => part is not OfTag)];
        private readonly IReadOnlyList<OfTag> _ofTags = [.. Parts.OfType<OfTag>()];

        public override bool Matches(ResourceId id, ListedResource resource) =>
            _others.All(part => part.Matches(id, resource))
            && (_ofTags.Count == 0 || resource.Tags?.Any(tag => _ofTags.All(part => part.Holds(tag))) == true);
    }

    /// <summary>One of them holds.</summary>
    internal sealed record Either(IReadOnlyList<ResourceFilter> Parts) : ResourceFilter
    {
        public override bool Matches(ResourceId id, ListedResource resource) => Parts.Any(part => part.Matches(id, resource));
    }

    /// <summary>It does not hold.</summary>
    internal sealed record Not(ResourceFilter Part) : ResourceFilter
    {
        public override bool Matches(ResourceId id, ListedResource resource) => !Part.Matches(id, resource);
    }

    /// <summary>A field has, begins with or contains a text; case aside.</summary>
    internal sealed record OfField(string Field, Comparison How, string Text) : ResourceFilter
    {
        public override bool Matches(ResourceId id, ListedResource resource)
        {
            var isLocation = Field == "location";
            return Holds(
                How, Value(id, resource), isLocation ? Tracked.Normal(Text) : Text, StringComparison.OrdinalIgnoreCase);
        }

        private string Value(ResourceId id, ListedResource resource) => Field switch
        {
            "name" => id.Name,
            "resourcetype" => id.Type,
            "resourcegroup" => id.ResourceGroup,
            "location" => resource.Location ?? string.Empty,
            "kind" => resource.Kind ?? string.Empty,
            "identity/principalid" => resource.Identity is { ValueKind: System.Text.Json.JsonValueKind.Object } identity
                && identity.TryGetProperty("principalId", out var principal) ? principal.ToString() : string.Empty,
            _ => string.Empty,
        };
    }

    /// <summary>A tag's name (case aside) or value (exactly) is, begins with or contains a text.</summary>
    internal sealed record OfTag(bool IsName, Comparison How, string Text) : ResourceFilter
    {
        public override bool Matches(ResourceId id, ListedResource resource) => resource.Tags?.Any(Holds) == true;

        public bool Holds(KeyValuePair<string, string> tag) => IsName
            ? Holds(How, tag.Key, Text, StringComparison.OrdinalIgnoreCase)
            : Holds(How, tag.Value, Text, StringComparison.Ordinal);
    }

    /// <summary>How a value is compared with a text.</summary>
    internal enum Comparison
    {
        Equal,
        NotEqual,
        StartsWith,
        Contains,
    }

    private static bool Holds(Comparison comparison, string value, string text, StringComparison how) => comparison switch
    {
        Comparison.Equal => value.Equals(text, how),
        Comparison.NotEqual => !value.Equals(text, how),
        Comparison.StartsWith => value.StartsWith(text, how),
        _ => value.Contains(text, how),
    };
}
