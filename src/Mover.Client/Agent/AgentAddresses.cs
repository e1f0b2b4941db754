using System.Collections.Immutable;

namespace Mover.Client.Agent;

/// <summary>
/// The control plane's addresses that an agent knows. One is in use until it fails; then the next. Safe for concurrent use.
/// </summary>
public sealed class AgentAddresses
{
    /// <summary>Addresses that are kept; more are ignored.</summary>
    public const int AddressesMax = 16;

    // Replaced as a whole, so that a reader sees one consistent list and position.
    private volatile Known _known;

    /// <summary>Starts with at least one absolute https address.</summary>
    public AgentAddresses(IEnumerable<string> addresses)
    {
        var list = Normalize(addresses);
        _known = list.IsEmpty
            ? throw new ArgumentException("At least one absolute https address is needed.", nameof(addresses))
            : new(list, 0);
    }

    /// <summary>All known addresses, without trailing slashes, in the order they are tried.</summary>
    public IReadOnlyList<string> All => _known.List;

    /// <summary>The address in use.</summary>
    public string Current
    {
        get
        {
            var known = _known;
            return known.List[known.At];
        }
    }

    /// <summary>Moves on from an address that failed; does nothing when another call did so already.</summary>
    public void Failed(string address)
    {
        var known = _known;
        if (known.List[known.At] == address)
        {
            Interlocked.CompareExchange(ref _known, new(known.List, (known.At + 1) % known.List.Length), known);
        }
    }

    /// <summary>Replaces the list, keeping the address in use when it is still there. Returns false when nothing changed.</summary>
    public bool Replace(IEnumerable<string> addresses)
    {
        var list = Normalize(addresses);
        var known = _known;
        if (list.IsEmpty || list.SequenceEqual(known.List))
        {
            return false;
        }

        _known = new(list, Math.Max(0, list.IndexOf(known.List[known.At])));
        return true;
    }

    private static ImmutableArray<string> Normalize(IEnumerable<string> addresses) =>
        [.. addresses
            .Where(a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
                && uri is { UserInfo: "", Query: "", Fragment: "" })
            .Select(a => a.TrimEnd('/'))
            .Distinct(StringComparer.Ordinal)
            .Take(AddressesMax)];

    private sealed record Known(ImmutableArray<string> List, int At);
}
