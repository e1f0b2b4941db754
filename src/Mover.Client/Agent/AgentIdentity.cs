using System.Security.Cryptography;

namespace Mover.Client.Agent;

/// <summary>
/// Who an agent is: ids that registration gave, and the private key that was made on its host and stays there.
/// </summary>
/// <param name="AgentId">ARM id of the agent resource.</param>
/// <param name="TenantId">The tenant whose issuer gives the tokens.</param>
/// <param name="PrincipalId">The principal of the machine's identity; the client id of the tokens.</param>
/// <param name="Key">The ECDSA P-256 key pair; owned by the caller.</param>
public sealed record AgentIdentity(string AgentId, string TenantId, string PrincipalId, ECDsa Key)
{
    /// <summary>The ids, without the key.</summary>
    public override string ToString() => $"{AgentId} as {PrincipalId}";
}
