namespace Mover.Server.Tls;

/// <summary>A certificate authority.</summary>
internal sealed class AuthorityPart
{
    /// <summary>Its own certificate, PEM.</summary>
    public required string Certificate { get; init; }

    /// <summary>EC P-256, PKCS#8 PEM.</summary>
    public required string Key { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>
    /// The certificate of this authority's key that the one before has signed (RFC 4210, "new with old"), PEM: who pins the one before
    /// trusts this one through it. Null for the first.
    /// </summary>
    public string? Link { get; init; }
}
