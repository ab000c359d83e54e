package store

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// maxEngines bounds how many engines can be set up.
const maxEngines = 100

// EngineConfigs lists the engines that are set up by name, with their passwords.
func (s *Store) EngineConfigs(ctx context.Context) ([]lora.EngineConfig, error) {
	list := []lora.EngineConfig{}
	err := querier{pool: s.reader}.each(ctx, "SELECT config, password FROM engine ORDER BY name", nil, func(r *record) error {
		var e lora.EngineConfig
		r.decode(&e)
		e.Password = r.text()
		list = append(list, e)
		return nil
	})
	return list, s.failed("list engines", err)
}

// AddEngineConfig sets up an engine. Conflict when there is one of that name, TooLarge
// when there are too many.
func (s *Store) AddEngineConfig(ctx context.Context, e lora.EngineConfig) error {
	config, err := json.Marshal(e)
	if err != nil {
		return s.failed("set up an engine", err)
	}
	return s.briefly(ctx, "set up an engine", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM engine")
		if err == nil && n >= maxEngines {
			err = lora.Errorf(lora.TooLarge, "There are %d engines already. Remove some first.", n)
		}
		if err != nil {
			return err
		}
		added, err := q.exec(ctx, "INSERT INTO engine (name, config, password) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", clean(e.Name), clean(string(config)), clean(e.Password))
		if err == nil && added == 0 {
			err = engineNameTaken(e.Name)
		}
		return err
	})
}

func engineNameTaken(name string) error {
	return lora.FieldErrorf(lora.Conflict, "name", "There is an engine called %q already.", name)
}

// ReplaceEngineConfig changes the engine that is called name, which may get another
// name. A nil password keeps the one it has. NotFound for an unknown name, Conflict
// when the new name is taken.
func (s *Store) ReplaceEngineConfig(ctx context.Context, name string, e lora.EngineConfig, password *string) error {
	config, err := json.Marshal(e)
	if err != nil {
		return s.failed("change an engine", err)
	}
	var secret any
	if password != nil {
		secret = clean(*password)
	}
	return s.briefly(ctx, "change an engine", func(ctx context.Context, q querier) error {
		if e.Name != name {
			n, err := q.number(ctx, "SELECT COUNT(*) FROM engine WHERE name = ?", clean(e.Name))
			if err == nil && n > 0 {
				err = engineNameTaken(e.Name)
			}
			if err != nil {
				return err
			}
		}
		n, err := q.exec(ctx, "UPDATE engine SET name = ?, config = ?, password = COALESCE(CAST(? AS TEXT), password) WHERE name = ?",
			clean(e.Name), clean(string(config)), secret, clean(name))
		if err == nil && n == 0 {
			err = noEngine(name)
		}
		return err
	})
}

// DeleteEngineConfig forgets an engine; NotFound for an unknown name.
func (s *Store) DeleteEngineConfig(ctx context.Context, name string) error {
	return s.briefly(ctx, "remove an engine", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM engine WHERE name = ?", clean(name))
		if err == nil && n == 0 {
			err = noEngine(name)
		}
		return err
	})
}

func noEngine(name string) error {
	return lora.Errorf(lora.NotFound, "There is no engine called %q.", name)
}
