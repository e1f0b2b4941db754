// The same migration in a test and in a production environment: a parameter file for each holds the differences.

@allowed(['test', 'prod'])
param environment string

param location string = resourceGroup().location
param storageAccountId string
param host string
param export string

@description('Additive keeps what the source no longer has; Mirror deletes it at the target.')
@allowed(['Additive', 'Mirror'])
param copyMode string = 'Additive'

var tags = { environment: environment, owner: 'migration-team' }
var isProduction = environment == 'prod'

resource mover 'Microsoft.StorageMover/storageMovers@2024-07-01' = {
  name: 'migration-${environment}'
  location: location
  tags: tags
  properties: {
    description: isProduction ? 'Changes only through this template.' : 'For trials.'
  }
}

resource source 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = {
  parent: mover
  name: 'source'
  properties: {
    endpointType: 'NfsMount'
    host: host
    export: export
  }
}

resource target 'Microsoft.StorageMover/storageMovers/endpoints@2024-07-01' = {
  parent: mover
  name: 'target'
  properties: {
    endpointType: 'AzureStorageBlobContainer'
    storageAccountResourceId: storageAccountId
    blobContainerName: 'migration-${environment}'
  }
}

resource project 'Microsoft.StorageMover/storageMovers/projects@2024-07-01' = {
  parent: mover
  name: 'wave-1'
}

resource job 'Microsoft.StorageMover/storageMovers/projects/jobDefinitions@2024-07-01' = {
  parent: project
  name: 'all'
  properties: {
    copyMode: copyMode
    sourceName: source.name
    targetName: target.name
  }
}

// A rehearsal of the cutover, which production does not need.
resource rehearsal 'Microsoft.StorageMover/storageMovers/projects/jobDefinitions@2024-07-01' = if (!isProduction) {
  parent: project
  name: 'rehearsal'
  properties: {
    copyMode: 'Additive'
    sourceName: source.name
    sourceSubpath: '/sample'
    targetName: target.name
  }
}

output moverId string = mover.id
