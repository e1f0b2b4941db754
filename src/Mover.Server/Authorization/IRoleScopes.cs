using Mover.Core;
using Mover.State.Documents;

namespace Mover.Server.Authorization;

/// <summary>Whether scopes exist that roles are assigned at.</summary>
internal interface IRoleScopes
{
    /// <summary>What must still hold when something is assigned at the scope, or the refusal that says what is missing.</summary>
    Task<Result<IReadOnlyList<DocumentWrite>>> RequireAsync(string scope, CancellationToken cancel);
}
