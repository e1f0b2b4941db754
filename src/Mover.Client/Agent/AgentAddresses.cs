using System.Collections.Immutable;
using Mover.Core.AgentProtocol;

namespace Mover.Client.Agent;

/// <summary>
/// The control plane's addresses that an agent knows. One is in use until it fails; then the next, for every call at once. The list is
/// what the control plane told last, and after it what a person gave at the registration, which is never forgotten: so nothing that the
/// control plane says leaves an agent without a way back. Safe for concurrent use.
/// </summary>
public sealed class AgentAddresses
{
    /// <summary>Addresses that are kept; more are ignored.</summary>
    public const int AddressesMax = AgentChannelLimits.AddressesMax;

    private readonly ImmutableArray<string> _registered;

    // Replaced as a whole, so that a reader sees one consistent list and position.
    private volatile Known _known;

    /// <summary>Starts with at least one absolute https address.</summary>
    /// <param name="addresses">What is known, in the order it is tried.</param>
    /// <param name="registered">What a person gave; none when left out.</param>
    public AgentAddresses(IEnumerable<string> addresses, IEnumerable<string>? registered = null)
    {
        _registered = Normalize(registered ?? []);
        var list = Normalize(addresses.Concat(_registered));
        _known = list.IsEmpty
            ? throw new ArgumentException("At least one absolute https address is required.", nameof(addresses))
            : new(list, 0);
    }

    /// <summary>All known addresses, without trailing slashes, in the order they are tried.</summary>
    public IReadOnlyList<string> All => _known.List;

    /// <summary>The address in use.</summary>
    public string Current => Use().Address;

    /// <summary>The address in use, and what is cancelled when another call has found that nobody answers there.</summary>
    public (string Address, CancellationToken Gone) Use()
    {
        var known = _known;
        return (known.List[known.At], known.Gone);
    }

    /// <summary>Moves on from an address that failed; does nothing when another call did so already.</summary>
    /// <param name="address">The address.</param>
    /// <param name="isGone">Nobody answers there: calls that wait for an answer need not wait any longer.</param>
    public void Failed(string address, bool isGone = false)
    {
        var known = _known;
        if (known.List[known.At] == address
            && Interlocked.CompareExchange(ref _known, new(known.List, (known.At + 1) % known.List.Length), known) == known
            && isGone)
        {
            known.EndCalls();
        }
    }

    /// <summary>
    /// Takes the list that the control plane told, keeping the address in use when it is still there. Returns false when nothing changed:
    /// also when nothing of it is an absolute https address.
    /// </summary>
    public bool Replace(IEnumerable<string> addresses)
    {
        var told = Normalize(addresses);
        var beside = _registered.Count(one => !told.Contains(one, StringComparer.Ordinal));
        var list = Normalize(told.Take(AddressesMax - beside).Concat(_registered));
        while (!told.IsEmpty)
        {
            var known = _known;
            if (list.SequenceEqual(known.List, StringComparer.Ordinal))
            {
                return false;
            }

            var at = list.IndexOf(known.List[known.At]);
            var next = at >= 0 ? known.With(list, at) : new(list, 0);
            if (Interlocked.CompareExchange(ref _known, next, known) == known)
            {
                return true;
            }
        }

        return false;
    }

    private static ImmutableArray<string> Normalize(IEnumerable<string> addresses) =>
        [.. addresses
            .Select(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps
                && uri is { UserInfo: "", Query: "", Fragment: "" } ? uri.GetLeftPart(UriPartial.Path).TrimEnd('/') : null)
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Take(AddressesMax)];

#pragma warning disable CA1001 // Without a timer the source holds nothing, and calls may still listen to it.
    private sealed class Known(ImmutableArray<string> list, int at)
#pragma warning restore CA1001
    {
        private CancellationTokenSource _gone = new();

        public ImmutableArray<string> List => list;

        public int At => at;

        public CancellationToken Gone => _gone.Token;

        public void EndCalls() => _gone.Cancel();

        /// <summary>Another list with the same address in use: calls that wait there go on.</summary>
        public Known With(ImmutableArray<string> other, int place) => new(other, place) { _gone = _gone };
    }
}
