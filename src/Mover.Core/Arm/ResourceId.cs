using System.Text;
using Mover.Core.Resources;

namespace Mover.Core.Arm;

/// <summary>
/// An ARM resource id, parsed once at the edge:
/// <c>/subscriptions/{s}[/resourceGroups/{g}][/providers/{ns}/{type}/{name}[/{type}/{name}…]]</c>.
/// Compares without case, as ARM names do; keeps the casing it was given. Source: ARM RPC, "resource ids".
/// </summary>
public readonly record struct ResourceId : IEquatable<ResourceId>
{
    private readonly string? _text;

    private ResourceId(string text) => _text = text;

    /// <summary>The whole id as given, with a leading slash and without a trailing one.</summary>
    public string Text => _text ?? string.Empty;

    /// <summary>The lower-cased id: the key of the resource in the state store, so that a parent is a prefix.</summary>
    public string Key => ArmCase.Lower(Text);

    /// <summary>The subscription id, or an empty string for a tenant-level id.</summary>
    public string Subscription => Segment("subscriptions");

    /// <summary>The resource group's name, or an empty string at subscription level.</summary>
    public string ResourceGroup => Segment("resourceGroups");

    /// <summary>The last segment: the resource's own name.</summary>
    public string Name => Text[(Text.LastIndexOf('/') + 1)..];

    /// <summary>The full type, such as <c>Microsoft.StorageMover/storageMovers/endpoints</c>; empty for groups and subscriptions.</summary>
    public string Type
    {
        get
        {
            var parts = ProviderParts();
            if (parts.Length == 0)
            {
                return string.Empty;
            }

            var type = new StringBuilder(parts[0]);
            for (var at = 1; at < parts.Length; at += 2)
            {
                type.Append('/').Append(parts[at]);
            }

            return type.ToString();
        }
    }

    /// <summary>Namespace, types and names interleaved, as error messages show them:
    /// <c>Microsoft.StorageMover/storageMovers/m/endpoints/e</c>.</summary>
    public string TypeAndNames
    {
        get
        {
            var parts = ProviderParts();
            return parts.Length == 0 ? Text : string.Join('/', parts);
        }
    }

    /// <summary>The enclosing resource, group or subscription; the default id above a subscription.</summary>
    public ResourceId Parent
    {
        get
        {
            var cut = Text.LastIndexOf('/');
            cut = cut <= 0 ? 0 : Text.LastIndexOf('/', cut - 1);
            if (cut <= 0)
            {
                return default;
            }

            var parent = Text[..cut];
            var providers = parent.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
            return new(providers >= 0 && parent.IndexOf('/', providers + "/providers/".Length) < 0 ? parent[..providers] : parent);
        }
    }

    /// <summary>The id of a child: appends <c>/{type}/{name}</c>.</summary>
    public ResourceId Child(string type, string name) => new($"{Text}/{type}/{name}");

    /// <summary>The id of a child of a type that lies below this one's.</summary>
    public ResourceId Child(ResourceType type, string name) => Child(type.Collection, name);

    /// <summary>The id of a provider's resource below a group or subscription: appends
    /// <c>/providers/{namespaceAndType}/{name}</c>.</summary>
    public ResourceId Provider(string namespaceAndType, string name) => new($"{Text}/providers/{namespaceAndType}/{name}");

    /// <summary>The id of a subscription.</summary>
    public static ResourceId OfSubscription(string subscription) => new($"/subscriptions/{subscription}");

    /// <summary>The id of a resource group.</summary>
    public static ResourceId OfGroup(string subscription, string group) => new($"/subscriptions/{subscription}/resourceGroups/{group}");

    /// <summary>
    /// Parses an id: it starts with <c>/subscriptions/{s}</c>, has no empty segment, no control character, and pairs types with names.
    /// </summary>
    public static bool TryParse(string? text, out ResourceId id)
    {
        id = default;
        if (text is null || !text.StartsWith("/subscriptions/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var trimmed = text.EndsWith('/') ? text[..^1] : text;
        var segments = trimmed[1..].Split('/');
        if (Array.Exists(segments, string.IsNullOrWhiteSpace) || trimmed.Any(char.IsControl) || !PairsUp(segments))
        {
            return false;
        }

        id = new(trimmed);
        return true;
    }

    /// <summary>Same id, casing aside.</summary>
    public bool Equals(ResourceId other) => ArmCase.Same(Text, other.Text);

    /// <inheritdoc/>
    /// <remarks>Folds more than <see cref="ArmCase"/> does: what is the same has the same hash.</remarks>
    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Text);

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool PairsUp(string[] segments)
    {
        var providers = Array.FindIndex(segments, s => s.Equals("providers", StringComparison.OrdinalIgnoreCase));
        if (providers < 0)
        {
            return segments.Length is 2
                || (segments.Length is 4 && segments[2].Equals("resourceGroups", StringComparison.OrdinalIgnoreCase));
        }

        // A provider's part is "providers", a namespace and then pairs of type and name.
        return providers is 2 or 4 && segments.Length - providers >= 4 && (segments.Length - providers) % 2 == 0;
    }

    private string Segment(string name)
    {
        var parts = Text.Split('/');
        for (var at = 1; at + 1 < parts.Length && at <= 3; at += 2)
        {
            if (parts[at].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return parts[at + 1];
            }
        }

        return string.Empty;
    }

    private string[] ProviderParts()
    {
        var at = Text.LastIndexOf("/providers/", StringComparison.OrdinalIgnoreCase);
        return at < 0 ? [] : Text[(at + "/providers/".Length)..].Split('/');
    }
}
