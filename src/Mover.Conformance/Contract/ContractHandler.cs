namespace Mover.Conformance.Contract;

/// <summary>A request or an answer was not as the API definition of its version says.</summary>
/// <param name="exchange">The request with its answer.</param>
/// <param name="violations">Everything that is wrong.</param>
public sealed class ContractViolationException(Exchange exchange, IReadOnlyList<ContractViolation> violations)
    : Exception($"{string.Join(Environment.NewLine, violations)}{Environment.NewLine}{exchange.Excerpt()}")
{
    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<ContractViolation> Violations { get; } = violations;
}

/// <summary>
/// Holds every exchange of a client to the API definitions: one that breaks them ends in a <see cref="ContractViolationException"/> that
/// names
/// operation, version, place and problem. Contents are buffered.
/// </summary>
/// <param name="inner">What sends.</param>
public sealed class ContractHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Set on a request that bends the contract on purpose and may yet be accepted: then only its answer is looked at.</summary>
    public static readonly HttpRequestOptionsKey<bool> BendsContract = new("mover.bends-contract");

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is not null)
        {
            await request.Content.LoadIntoBufferAsync(cancellationToken);
        }

        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var exchange = await Exchange.ReadAsync(request, response, cancellationToken);
        var violations = ContractCheck.Run(exchange, !(request.Options.TryGetValue(BendsContract, out var bends) && bends));
        return violations.Count == 0 ? response : throw new ContractViolationException(exchange, violations);
    }
}
