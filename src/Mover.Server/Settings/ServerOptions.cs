using Mover.Core.Regions;
using Mover.Server.Keys;
using Mover.Server.Regions;
using Mover.State;

namespace Mover.Server.Settings;

/// <summary>
/// An OpenID Connect issuer whose tokens are accepted. What their bearers may do is a matter of role assignments to their <c>oid</c>.
/// </summary>
/// <param name="Issuer">The <c>iss</c> of its tokens, exactly; its keys are found below it. https, or http on loopback.</param>
/// <param name="Audience">The <c>aud</c> its tokens must have.</param>
public sealed record ExternalIssuer(string Issuer, string Audience);

/// <summary>How one control-plane instance is run. Read once at the edge; inner code gets values.</summary>
public sealed record ServerOptions
{
    /// <summary>The largest request body, in bytes.</summary>
    public const long BodyBytesMax = 4 * 1024 * 1024;

    /// <summary>
    /// How much of a body that is refused is still read and thrown away, in bytes. A client that sends more may see its connection end
    /// before it sees the answer.
    /// </summary>
    public const long BodyDrainBytesMax = 4 * BodyBytesMax;

    /// <summary>The most resources on one page of a list.</summary>
    public const int PageSizeMax = 1000;

    /// <summary>The folder that holds state, certificates and secrets; made when absent.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Which engine holds the state.</summary>
    public StateEngine Store { get; init; } = StateEngine.Sqlite;

    /// <summary>
    /// Where the keys come from that seal this control plane's identity in its store: a file, <c>env:NAME</c> for a variable of the
    /// environment, or <c>command:PROGRAM</c>; null is a file in <see cref="DataFolder"/>, made at the first start. Instances that share a
    /// store are given the same.
    /// </summary>
    public string? KeyRing { get; init; }

    /// <summary>
    /// Starts with an empty state although a server has served from <see cref="DataFolder"/>: what its state held is given up. Refused
    /// while the state is there.
    /// </summary>
    public bool StartEmpty { get; init; }

    /// <summary>Where to listen: https addresses with an IP address or localhost; port 0 takes a free one.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["https://127.0.0.1:7443"];

    /// <summary>
    /// Names, addresses or whole <c>https://HOST:PORT</c> by which other machines reach the server: clients are told them, and the
    /// certificate carries their hosts. When there are none, clients are told <see cref="Urls"/>.
    /// </summary>
    public IReadOnlyList<string> Advertised { get; init; } = [];

    /// <summary>The region that this instance serves, as in a resource's location; one of <see cref="Regions"/>.</summary>
    public string Region { get; init; } = "eastus";

    /// <summary>The regions that are known.</summary>
    public RegionCatalogue Regions { get; init; } = RegionCatalogue.Azure;

    /// <summary>The zone of the region that this instance is in: a name as <see cref="Instances.ZoneName"/> has it.</summary>
    public string Zone { get; init; } = "1";

    /// <summary>The region that this one is paired with, each with a copy of what the other serves; null for none.</summary>
    public RegionPair? Pair { get; init; }

    /// <summary>
    /// The store at a third place that decides which region of the pair serves; null for none. Both regions are given the same.
    /// </summary>
    public StateEngine? Witness { get; init; }

    /// <summary>How long the witness's word lasts: what an isolated region goes on for. 2 s to a minute.</summary>
    public TimeSpan WitnessLease { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How old a copy may be that a standby serves by itself: what a person would want to weigh.</summary>
    internal TimeSpan AutomaticAgeMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether a standby takes over by itself when the witness says that nobody serves.</summary>
    public bool IsFailoverAutomatic { get; init; } = true;

    /// <summary>
    /// How far the pair's copy may be behind what is acknowledged, and thus what an unplanned failover may lose: answers to writes wait
    /// for it. Zero waits for every write; null for none.
    /// </summary>
    public TimeSpan? MaxLag { get; init; }

    /// <summary>
    /// Names this instance among those that share a store; null: this host and the data folder.
    /// </summary>
    public string? InstanceName { get; init; }

    /// <summary>Resources on one page of a list, 1 to <see cref="PageSizeMax"/>.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Issuers besides the built-in one whose tokens are accepted; none when left out.</summary>
    public IReadOnlyList<ExternalIssuer> Issuers { get; init; } = [];

    /// <summary>Origins, such as <c>https://portal.example</c>, whose pages may call from a browser; none when left out.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>Microsoft's <c>bicep</c> program, which writes exports as Bicep; null for none, and no such exports.</summary>
    public string? Bicep { get; init; }

    /// <summary>How long the audit log keeps what happened.</summary>
    public TimeSpan AuditRetention { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How asynchronous deletes are answered.</summary>
    public AsyncDialect AsyncDialect { get; init; }

    /// <summary>How often each caller may ask.</summary>
    public ThrottleLimits Throttling { get; init; } = ThrottleLimits.Default;

    /// <summary>Takes the place of the network: where servers listen, and the way to the pair; null for the network.</summary>
    internal ServerNetwork? Network { get; init; }

    /// <summary>Sets up logging; null keeps it silent.</summary>
    public Action<ILoggingBuilder>? Logging { get; init; }

    /// <summary>Refuses what cannot be run. Throws <see cref="InvalidOperationException"/>.</summary>
    internal void Check()
    {
        _ = OwnRegion;
        Throttling.Check();
        if (Pair is { } pair && RegionPair.Refuse(Regions, Region, pair.Region) is { } why)
        {
            throw new InvalidOperationException($"'{Region}' cannot be paired with '{pair.Region}': {why}.");
        }

        if (Pair is null && (Witness is not null || MaxLag is not null))
        {
            throw new InvalidOperationException("A witness and a maximum lag require a region with a pair.");
        }

        if (WitnessLease < TimeSpan.FromSeconds(2) || WitnessLease > TimeSpan.FromMinutes(1) || MaxLag < TimeSpan.Zero)
        {
            throw new InvalidOperationException("The witness's lease must be 2 s to 1 min, and the maximum lag must not be negative.");
        }
    }

    /// <summary>The region that this instance serves. Throws <see cref="InvalidOperationException"/> when the catalogue has none.</summary>
    internal Region OwnRegion => Regions.Find(Region)
        ?? throw new InvalidOperationException($"The region '{Region}' does not exist. Add it to 'regions' in the configuration.");
}

/// <summary>A network that is none of the host's.</summary>
/// <param name="Listen">Makes what listens.</param>
/// <param name="Connect">Makes the way to other servers.</param>
internal sealed record ServerNetwork(Func<Microsoft.AspNetCore.Hosting.Server.IServer> Listen, Func<HttpMessageHandler> Connect);

/// <summary>How the control plane answers a DELETE that goes on after its answer.</summary>
public enum AsyncDialect
{
    /// <summary>As the ARM contract asks: 202 without a body, <c>Retry-After</c>, a status that is always 200 and a result that is 204 in
    /// the end.</summary>
    Strict,

    /// <summary>As the live service was recorded: 202 with the body <c>null</c>, no <c>Retry-After</c>, one place for status and
    /// result.</summary>
    AsRecorded,
}
